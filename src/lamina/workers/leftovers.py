"""Says at a session's end which of its tests left something behind."""

from __future__ import annotations

from lamina.workers.protocol import ResultRow

__all__ = ["Leftovers"]

_TESTS_NAMED = 5
_SHOWN = 160


class Leftovers:
    """Hears of every result of a session."""

    def __init__(self, category: str) -> None:
        self._category = category
        self._number = 0
        self._named: list[str] = []

    def add(self, row: ResultRow) -> None:
        """A test has ended."""
        left = row.get("left")
        if left:
            self._number += 1
            if self._number <= _TESTS_NAMED:
                text = "; ".join(left)
                self._named.append(f"{row['id']} left behind {text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}")

    def notes(self) -> list[str]:
        """For the user: the first tests by name, and how many there were."""
        more = self._number - len(self._named)
        lines = [f"{self._category}: {line}" for line in self._named]
        if more:
            lines.append(f"{self._category}: {more:,} more left something behind: see the report")
        return lines

"""Says at a session's end which of its tests left something behind, and where the folders of failed ones are kept."""

from __future__ import annotations

import os
import re
from contextlib import suppress

from lamina.workers.protocol import Request, ResultRow

__all__ = ["Leftovers"]

_TESTS_NAMED = 5
_SHOWN = 160
_FAILING = frozenset({"failed", "error", "crashed", "timeout"})
# As pytest shortens the names of `tmp_path`.
_NAME_LENGTH = 30


class Leftovers:
    """Hears of every result of a session."""

    def __init__(self, request: Request) -> None:
        self._category = request["category"]
        self._root = request["temporary"] if request["preserves"] else ""
        self._number = 0
        self._named: list[str] = []
        self._kept: dict[str, str] = {}

    def add(self, row: ResultRow, folder: str = "") -> None:
        """A test has ended; `folder` is its `tmp_path`, if its worker could say so."""
        left = row.get("left")
        if left:
            self._number += 1
            if self._number <= _TESTS_NAMED:
                text = "; ".join(left)
                self._named.append(f"{row['id']} left behind {text if len(text) <= _SHOWN else text[:_SHOWN] + '…'}")
        if self._root and row["outcome"] in _FAILING:
            folder = folder or _newest(self._root, row["worker"], row["id"])
            if folder.startswith(os.path.join(self._root, "")) and os.path.isdir(folder):
                row["folder"] = folder
                self._kept[row["id"]] = folder

    def notes(self) -> list[str]:
        """For the user: the first tests by name, and how many there were."""
        lines = [f"{self._category}: {line}" for line in self._named]
        lines += _shortened(self._category, self._number - len(self._named), "left something behind")
        kept = list(self._kept.items())
        lines += [
            f"{self._category}: {test} failed and its folder is kept: {folder}" for test, folder in kept[:_TESTS_NAMED]
        ]
        return lines + _shortened(self._category, len(kept) - _TESTS_NAMED, "failed and their folders are kept")


def _shortened(category: str, more: int, what: str) -> list[str]:
    return [f"{category}: {more:,} more {what}: see the report"] if more > 0 else []


def _newest(root: str, worker: str, test: str) -> str:
    """The `tmp_path` of a test whose process could not say so any more: the newest folder of its name and worker."""
    name = re.sub(r"\W", "_", test.rpartition("::")[2])[:_NAME_LENGTH]
    fits = re.compile(rf"{re.escape(name)}\d+")
    found: list[tuple[float, str]] = []
    for base in os.listdir(root) if name else ():
        if base == worker or (base.startswith(f"{worker}-") and not base.endswith("-tmp")):
            with suppress(OSError), os.scandir(os.path.join(root, base)) as entries:
                found += [(entry.stat().st_ctime, entry.path) for entry in entries if fits.fullmatch(entry.name)]
    return max(found, default=(0.0, ""))[1]

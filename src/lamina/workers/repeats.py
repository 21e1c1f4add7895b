"""What came of a test's trace, for the next one that has the same: most parameters of a test run the same code."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Generic, TypeVar

__all__ = ["Repeats"]

Found = TypeVar("Found")

# Of one worker. Parameters of a test follow each other, and those of any other one never come again.
_HELD = 256


class Repeats(Generic[Found]):
    """By worker, as long as nothing has changed that it depends on, which `changes` stand for."""

    def __init__(self) -> None:
        self._found: dict[str, dict[Hashable, Found]] = {}
        self._changes: dict[str, Hashable] = {}

    def get(self, worker: str, changes: Hashable, key: Hashable) -> Found | None:
        """What was put there; None when it is not known or no longer true."""
        return self._found[worker].get(key) if self._changes.get(worker) == changes else None

    def put(self, worker: str, changes: Hashable, key: Hashable, found: Found) -> None:
        """Remembers it."""
        known = self._found.setdefault(worker, {})
        if self._changes.get(worker) != changes or len(known) >= _HELD:
            known.clear()
        self._changes[worker] = changes
        known[key] = found

    def forget(self) -> None:
        """Nothing of it holds any more."""
        self._changes.clear()

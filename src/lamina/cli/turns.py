"""Who waits for whom within a layer: in a sequential layer each category for the one before it, in a hybrid one each
group of equal priority for the group before.

Waiting is not a gate: a failed category lets the next one begin all the same. It knows nothing of doit or tests.
"""

from __future__ import annotations

import threading

__all__ = ["Turns"]


class Turns:
    """Categories arrive in the order in which they are going to be asked to run, so none ever waits for one that comes
    later; each must be `settled` in the end, whatever became of it."""

    def __init__(self, groups: dict[str, tuple[str, int]]) -> None:
        """`groups`: for each category that may have to wait, its layer and the number of its group within it."""
        self._groups = groups
        self._before: dict[str, set[str]] = {}
        self._arrived: list[str] = []
        self._settled: set[str] = set()
        self._closed = False
        self._changed = threading.Condition()

    def arrive(self, category: str) -> None:
        """The category is going to be run or skipped."""
        with self._changed:
            if category in self._before:
                return
            layer, group = self._groups[category]
            self._before[category] = {
                earlier
                for earlier in self._arrived
                if self._groups[earlier][0] == layer and self._groups[earlier][1] != group
            }
            self._arrived.append(category)

    def wait(self, category: str) -> bool:
        """Waits for the category's turn; False when the run ended meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._before.get(category, set()) <= self._settled)
            return not self._closed

    def settle(self, category: str) -> None:
        """The category is through."""
        with self._changed:
            self._settled.add(category)
            self._changed.notify_all()

    def close(self) -> None:
        """Nobody's turn comes any more. Called from a signal handler, which may have interrupted any of the above in
        this very thread; the lock of a condition can be taken twice by one thread."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

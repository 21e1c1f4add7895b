"""The run's slots: how many workers may be at work at once, over all categories.

A slot is a number from 0 to the total less one, held by one session at a time; it names the worker that runs in it
(gw0, gw1, ...), so that two workers never share a database or a port that is named after them. A session gets its first slot
before it starts; further ones are granted as they come free, to the session that holds fewest.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

__all__ = ["Slots"]


class Slots:
    """All methods may be called from any thread; `grant` callbacks run in the thread that freed the slot."""

    def __init__(self, total: int) -> None:
        self.total = total
        # How many may be held at one time; fewer than all while the machine is short of something.
        self._allowed = total
        self._free = list(range(total))
        self._held: dict[str, set[int]] = {}
        self._wanted: dict[str, tuple[int, Callable[[int], None]]] = {}
        self._waiting_first: list[str] = []
        self._group: dict[str, str] = {}
        self._most: dict[str, int] = {}
        self._closed = False
        self._changed = threading.Condition()

    def bound(self, session: str, group: str, most: int | None) -> None:
        """All sessions of `group`, of which `session` is one, hold at most `most` slots together (None: any number)."""
        with self._changed:
            self._group[session] = group
            if most is not None:
                self._most[group] = most

    def allow(self, number: int) -> None:
        """From now on at most `number` slots are held at one time (at least one); those held stay held."""
        number = max(1, min(number, self.total))
        with self._changed:
            if number == self._allowed:
                return
            self._allowed = number
            self._changed.notify_all()
        self._hand_out()

    def first(self, session: str, give_up: Callable[[], bool]) -> int | None:
        """Waits for the slot that a session needs to start; None when `give_up` says so or the slots are closed."""
        with self._changed:
            self._waiting_first.append(session)
            try:
                while not self._may_take(session) and not self._closed and not give_up():
                    self._changed.wait(0.1)
                if self._closed or give_up():
                    return None
                return self._take(session)
            finally:
                self._waiting_first.remove(session)

    def want(self, session: str, number: int, grant: Callable[[int], None]) -> None:
        """`session` could use `number` further slots; `grant` is called for each that it gets."""
        with self._changed:
            self._wanted[session] = (number, grant)
        self._hand_out()

    def give_back(self, session: str, slot: int) -> None:
        """`session` has no use for `slot` any more, and wants no further ones."""
        with self._changed:
            if slot in self._held.get(session, set()):
                self._held[session].remove(slot)
                self._free.append(slot)
                self._free.sort()
            self._wanted.pop(session, None)
            self._changed.notify_all()
        self._hand_out()

    def leave(self, session: str) -> None:
        """`session` is over: all its slots are free."""
        with self._changed:
            self._wanted.pop(session, None)
            self._free.extend(self._held.pop(session, set()))
            self._free.sort()
            self._changed.notify_all()
        self._hand_out()

    def is_crowded(self, session: str) -> bool:
        """Whether anybody but `session` waits for a slot."""
        with self._changed:
            return bool(self._waiting_first) or any(name != session for name in self._wanted)

    def held(self, session: str) -> int:
        """How many slots `session` has."""
        with self._changed:
            return len(self._held.get(session, ()))

    @property
    def in_use(self) -> int:
        """How many slots somebody has."""
        with self._changed:
            return sum(map(len, self._held.values()))

    def close(self) -> None:
        """Nobody gets a slot any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _may_take(self, session: str) -> bool:
        if not self._free or self.in_use >= self._allowed:
            return False
        group = self._group.get(session, "")
        if group not in self._most:
            return True
        return sum(len(held) for name, held in self._held.items() if self._group.get(name) == group) < self._most[group]

    def _take(self, session: str) -> int:
        slot = self._free.pop(0)
        self._held.setdefault(session, set()).add(slot)
        return slot

    def _hand_out(self) -> None:
        while True:
            with self._changed:
                # A session that can't start at all comes before one that would like to be faster.
                waiting = sum(self._may_take(name) for name in self._waiting_first)
                wanting = [name for name in self._wanted if self._may_take(name)]
                if self._closed or not wanting or min(len(self._free), self._allowed - self.in_use) <= waiting:
                    return
                session = min(wanting, key=lambda name: len(self._held.get(name, ())))
                number, grant = self._wanted.pop(session)
                slot = self._take(session)
                if number > 1:
                    self._wanted[session] = (number - 1, grant)
            grant(slot)

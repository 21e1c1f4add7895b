"""The ledger of memory: what each worker of the run holds and is about to take, in memory shared by all of them.

The engine makes it, with the bounds of layers and categories; it is handed down to sessions and their workers. A row belongs
to a slot, so to one worker at a time. A worker that begins a test of which much is expected writes it down first, under the lock,
and only if it fits. So what all of them may come to is known before it is there, whichever session they are of, and no message
passes for it. The kernel releases the lock when its holder dies.

It knows nothing of tests: it holds numbers of bytes.
"""

from __future__ import annotations

import fcntl
import mmap
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from lamina.workers.anonymous_file import anonymous_file

__all__ = ["GROWN", "NO_ROOM", "RETIRED", "UNBOUNDED", "Entry", "Learned", "Ledger"]

_WORD = 8
# Header: whether nothing further may begin, bytes that all workers may come to (0: any), number of slots, number of scopes.
_HOLD, _LIMIT, _SLOTS, _SCOPES = range(4)
_HEADER = 8
# A scope (a layer or a category): bytes that its workers may come to (0: any), bytes that its sessions hold, the largest
# growth that a test of it showed, and how many tests that is known of.
_BOUND, _FIXED, _LARGEST, _SEEN = range(4)
_SCOPE = 4
# A row: the worker's process (0: none), its two scopes, bytes it holds, bytes it may come to with the test that it runs, whether
# it runs one, whether it is to end, why it ended, what to take off its resident size.
_PID, _CATEGORY, _LAYER, _OWN, _RESERVED, _RUNS, _RETIRE, _FAREWELL, _SHARED = range(9)
_ROW = 10

UNBOUNDED = 1 << 62
NO_ROOM = -1
# Why a worker has ended between tests.
GROWN, RETIRED = 1, 2


class Entry(NamedTuple):
    """A worker's row: `own` bytes now, `runs` whether it has a test, `shared` what its resident size counts that isn't its own."""

    slot: int
    pid: int
    own: int
    runs: bool
    shared: int


class Learned(NamedTuple):
    """The largest growth of `seen` tests."""

    largest: int
    seen: int


class Ledger:
    """A ledger on an open file. What reads or writes more than one word needs the lock (`locked`), unless it says otherwise."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._map = mmap.mmap(descriptor, os.fstat(descriptor).st_size)
        self._words = memoryview(self._map).cast("q")

    @classmethod
    def create(cls, slots: int, bounds: list[int]) -> Ledger:
        """A new one for `slots` workers; `bounds` are the bytes of each scope (0: any number)."""
        descriptor = anonymous_file("lamina-ledger")
        os.ftruncate(descriptor, (_HEADER + len(bounds) * _SCOPE + slots * _ROW) * _WORD)
        ledger = cls(descriptor)
        ledger._words[_SLOTS], ledger._words[_SCOPES] = slots, len(bounds)
        for scope, bound in enumerate(bounds):
            ledger._words[ledger._scope(scope) + _BOUND] = bound
        return ledger

    def _scope(self, scope: int) -> int:
        return _HEADER + scope * _SCOPE

    def _row(self, slot: int) -> int:
        return int(_HEADER + self._words[_SCOPES] * _SCOPE + slot * _ROW)

    def _rows(self) -> range:
        first = self._row(0)
        return range(first, first + self._words[_SLOTS] * _ROW, _ROW)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """The lock, for this process."""
        fcntl.lockf(self.descriptor, fcntl.LOCK_EX, 1)
        try:
            yield
        finally:
            fcntl.lockf(self.descriptor, fcntl.LOCK_UN, 1)

    # -- workers: what concerns the own row only needs no lock --------------------------------------------------------

    def enter(self, slot: int, category: int, layer: int, own: int, shared: int) -> None:
        """This process is the worker in `slot`, of these two scopes."""
        words, row = self._words, self._row(slot)
        for field, value in enumerate((os.getpid(), category, layer, own, 0, 0, 0, 0, shared)):
            words[row + field] = value

    def begin(self, slot: int, growth: int) -> None:
        """The worker begins a test that may take `growth` more bytes."""
        words, row = self._words, self._row(slot)
        words[row + _RESERVED] = words[row + _OWN] + growth
        words[row + _RUNS] = 1

    def rest(self, slot: int, own: int) -> None:
        """The worker has ended its test and holds `own` bytes."""
        words, row = self._words, self._row(slot)
        words[row + _OWN], words[row + _RESERVED], words[row + _RUNS] = own, 0, 0

    def say(self, slot: int, farewell: int) -> None:
        """Why the worker ends."""
        self._words[self._row(slot) + _FAREWELL] = farewell

    def is_retired(self, slot: int) -> bool:
        """Whether the worker was asked to end between tests."""
        return bool(self._words[self._row(slot) + _RETIRE])

    def room(self, slot: int) -> int:
        """Bytes that the worker in `slot` may take now; NO_ROOM when it has to wait whatever it takes.

        Where no other worker runs a test, one always may: else nothing would ever go on.
        """
        words, own = self._words, self._row(slot)
        rows = [row for row in self._rows() if row != own and words[row + _PID]]
        if not any(words[row + _RUNS] for row in rows):
            return UNBOUNDED
        if words[_HOLD]:
            return NO_ROOM
        rooms = [UNBOUNDED]
        if words[_LIMIT]:
            rooms.append(words[_LIMIT] - self._sum(rows) - words[own + _OWN])
        for kind in (_CATEGORY, _LAYER):
            scope = self._scope(words[own + kind])
            theirs = [row for row in rows if words[row + kind] == words[own + kind]]
            if words[scope + _BOUND] and any(words[row + _RUNS] for row in theirs):
                rooms.append(words[scope + _BOUND] - words[scope + _FIXED] - self._sum(theirs) - words[own + _OWN])
        return max(NO_ROOM, min(rooms))

    def _sum(self, rows: list[int]) -> int:
        words = self._words
        return sum(max(words[row + _OWN], words[row + _RESERVED]) for row in rows)

    # -- what is known of tests ----------------------------------------------------------------------------------------

    def is_bounded(self, *scopes: int) -> bool:
        """Whether any of the scopes has a bound. No lock."""
        return any(self._words[self._scope(scope) + _BOUND] for scope in scopes)

    def bound(self, scope: int) -> int:
        """The scope's bound in bytes; 0: none. No lock."""
        return int(self._words[self._scope(scope) + _BOUND])

    def learn(self, scope: int, growth: int, tests: int = 1) -> None:
        """`tests` further tests grew by at most `growth`."""
        at = self._scope(scope)
        self._words[at + _LARGEST] = max(self._words[at + _LARGEST], growth)
        self._words[at + _SEEN] += tests

    def learned(self, scope: int) -> Learned:
        """What is known of the scope's tests. No lock."""
        at = self._scope(scope)
        return Learned(self._words[at + _LARGEST], self._words[at + _SEEN])

    # -- sessions and the engine ---------------------------------------------------------------------------------------

    def hold_fixed(self, scope: int, size: int) -> None:
        """A session of the scope holds `size` bytes that its workers share; negative when it ends."""
        with self.locked():
            self._words[self._scope(scope) + _FIXED] += size

    def leave(self, slot: int) -> tuple[int, int]:
        """The worker in `slot` is gone: its row is free. Returns why it said that it ended (0: nothing) and what it held."""
        with self.locked():
            words, row = self._words, self._row(slot)
            farewell, own = words[row + _FAREWELL], words[row + _OWN]
            for field in range(_ROW):
                words[row + field] = 0
        return int(farewell), int(own)

    def forget(self, category: int, layer: int) -> None:
        """The category's session is over, however it ended: nothing of it is left."""
        words = self._words
        with self.locked():
            at, above = self._scope(category), self._scope(layer)
            words[above + _FIXED] -= words[at + _FIXED]
            words[at + _FIXED] = 0
            for row in self._rows():
                if words[row + _PID] and words[row + _CATEGORY] == category:
                    for field in range(_ROW):
                        words[row + field] = 0

    def entries(self) -> list[Entry]:
        """The workers there are."""
        words = self._words
        with self.locked():
            return [
                Entry(slot, words[row], words[row + _OWN], bool(words[row + _RUNS]), words[row + _SHARED])
                for slot, row in enumerate(self._rows())
                if words[row + _PID]
            ]

    def retire(self, slot: int) -> None:
        """Asks the worker in `slot` to end between tests."""
        with self.locked():
            self._words[self._row(slot) + _RETIRE] = 1

    def limit(self, size: int) -> None:
        """All workers may come to `size` bytes (0: any number)."""
        self._words[_LIMIT] = size

    @property
    def is_held(self) -> bool:
        """Whether nothing further may begin beside what runs. No lock."""
        return bool(self._words[_HOLD])

    def hold(self, held: bool) -> None:
        """Lets nothing further begin beside what runs, or lets it again."""
        self._words[_HOLD] = int(held)

    def close(self) -> None:
        """Releases the memory and the descriptor."""
        self._words.release()
        self._map.close()
        os.close(self.descriptor)

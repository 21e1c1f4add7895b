"""The board: which worker runs what, in memory shared by a session and its workers.

Tests stand in a fixed order (positions); a unit is a range of positions that one worker takes at once. Units are
queued; a worker claims the next one when it needs it, so no message passes between a worker and the session for it and
no worker ever waits for its next test. When the queue is empty, an idle worker takes half of what the worker with the most left
has not begun, unless that range is bound together by a fixture.

Because every claim is written here before the test starts, the session knows what a worker ran when it died, and what
was left of its range. A lock on the file guards claims: the kernel releases it when its holder dies, which a semaphore
in shared memory would not do. (Considered and rejected: a pipe of indices, which can't be re-balanced once read; and
sending tests from the session, as pytest-xdist does, which costs a round trip a test.)

A worker may be killed between any two writes. They are in an order in which no position ever stands in two places: what
moves leaves its old place before it shows in its new one. So a death in the middle may lose a range but never doubles
one. The session finds what was lost at the end, since no result has come for it, and queues it again.

Units may be queued while workers run: *urgent* ones go to the front, and a worker takes one before the next test of a range
that may be divided. `expect` tells workers that such units will come, so that they wait instead of ending.

It knows nothing of pytest: positions are numbers.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

__all__ = ["WAIT", "Board", "Place", "Unit", "anonymous_file"]

# What a claim gives when there are tests left and none of them fits.
WAIT = -2
# Queued units looked at for one that fits.
_LOOKED_AT = 64
_WORD = 8
# Header: number of units queued, next unit to be claimed, stop flag, capacity of the unit table, numbers of rows and positions;
# failures left before claims end (-1: no limit), and how many claims the gate lets through, plus one (0: any number); how many
# of the units at the front are urgent, how many further ones will come, whether somebody else waits for the slots of idle workers.
_UNITS, _HEAD, _STOP, _CAPACITY, _WORKERS, _POSITIONS, _FAILURES, _GATE, _URGENT, _EXPECTED, _CROWDED = range(11)
_HEADER = 12
# A worker's row: next position of its range, end of its range, is the range bound, position it runs (-1: none),
# when it began that (nanoseconds, CLOCK_MONOTONIC, which all processes share).
_NEXT, _END, _BOUND, _CURRENT, _BEGAN = range(5)
_ROW = 6
_UNIT = 3


class Unit(NamedTuple):
    """A range of positions, `begin` to `end` exclusive; a bound one is never divided."""

    begin: int
    end: int
    bound: bool


class Place(NamedTuple):
    """What a worker does: the position it runs (-1: none), since when (monotonic nanoseconds), and the range it has left."""

    current: int
    began: int
    next: int
    end: int
    bound: bool


class Board:
    """A board on an open file, which a spawned worker opens by its descriptor as well as a forked one inherits it."""

    def __init__(self, descriptor: int, size: int) -> None:
        self.descriptor = descriptor
        self._map = mmap.mmap(descriptor, size)
        self._words = memoryview(self._map).cast("q")
        self._crossed = memoryview(self._map)
        self._crossed_at = 0
        self._lock = descriptor

    @classmethod
    def create(cls, units: list[Unit], positions: int, workers: int, failures: int = 0) -> Board:
        """A new board with `units` queued in their order, for at most `workers` workers; after `failures` failed tests (0:
        never) nothing more can be claimed.

        The unit table is a ring: units that wait are disjoint, so there are never more of them than positions.
        """
        capacity = max(len(units), positions) + 1
        size = (_HEADER + workers * _ROW + capacity * _UNIT) * _WORD + -(-positions // _WORD) * _WORD
        descriptor = anonymous_file("lamina-board")
        os.ftruncate(descriptor, size)
        board = cls(descriptor, size)
        words = board._words
        words[_CAPACITY], words[_WORKERS], words[_POSITIONS] = capacity, workers, positions
        words[_FAILURES] = failures or -1
        board._find_crossed()
        for worker in range(workers):
            words[board._row(worker) + _CURRENT] = -1
        for unit in units:
            board._queue(unit)
        return board

    @classmethod
    def attach(cls, descriptor: int) -> Board:
        """The board behind an inherited descriptor."""
        board = cls(descriptor, os.fstat(descriptor).st_size)
        board._find_crossed()
        return board

    def _find_crossed(self) -> None:
        """Where the table of positions that are not to be run begins, in bytes."""
        words = self._words
        self._crossed_at = (_HEADER + words[_WORKERS] * _ROW + words[_CAPACITY] * _UNIT) * _WORD

    def _row(self, worker: int) -> int:
        return _HEADER + worker * _ROW

    def _unit(self, number: int) -> int:
        words = self._words
        return int(_HEADER + words[_WORKERS] * _ROW + number % words[_CAPACITY] * _UNIT)

    def _queue(self, unit: Unit) -> None:
        words = self._words
        at = self._unit(words[_UNITS])
        words[at], words[at + 1], words[at + 2] = unit.begin, unit.end, int(unit.bound)
        words[_UNITS] += 1

    @contextmanager
    def _locked(self) -> Iterator[None]:
        fcntl.lockf(self._lock, fcntl.LOCK_EX, 1)
        try:
            yield
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN, 1)

    def claim(self, worker: int, size: Callable[[int], int] | None = None) -> int:
        """The next position for `worker`, which counts as running from now; -1 when nothing is left for it.

        `size` says how much room a position takes, -1 if it does not fit now. Then one that fits is claimed; WAIT means that
        there is none at present.
        """
        words, row = self._words, self._row(worker)
        fcntl.lockf(self._lock, fcntl.LOCK_EX, 1)
        try:
            is_shut = words[_STOP] or words[_GATE] == 1
            if words[_URGENT] > 0 and not is_shut:
                self._put_back(row)
            if is_shut:
                position = -1
            elif size is not None:
                position = self._fitting(row, size)
            else:
                position = words[row + _NEXT] if self._has_range(row) else -1
            words[row + _BEGAN] = time.monotonic_ns()
            words[row + _CURRENT] = max(-1, position)
            if position >= 0:
                words[row + _NEXT] = position + 1
                if words[_GATE] > 1:
                    words[_GATE] -= 1
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN, 1)
        return int(position)

    def _has_range(self, row: int) -> bool:
        words = self._words
        while True:
            words[row + _NEXT] = self._passed_over(words[row + _NEXT], words[row + _END])
            if words[row + _NEXT] < words[row + _END]:
                return True
            if not (self._take_unit(row) or self._steal(row)):
                return False

    def _passed_over(self, position: int, end: int) -> int:
        """The next position that is to be run; `end` when there is none."""
        crossed, at = self._crossed, self._crossed_at
        while position < end and crossed[at + position]:
            position += 1
        return position

    def _put_back(self, row: int) -> None:
        """Queues what a worker has not begun, behind all others, so that it takes the urgent unit first."""
        words = self._words
        begin, end = words[row + _NEXT], words[row + _END]
        if begin < end and not words[row + _BOUND]:
            words[row + _END] = 0
            self._queue(Unit(begin, end, False))

    def _take_unit(self, row: int) -> bool:
        words = self._words
        self._skip_empty()
        head = words[_HEAD]
        if head >= words[_UNITS]:
            return False
        at = self._unit(head)
        begin, end, bound = words[at], words[at + 1], words[at + 2]
        self._begin_range(row, begin, bound)
        if words[_URGENT] > 0:
            words[_URGENT] -= 1
        words[_HEAD] = head + 1
        words[row + _END] = end
        return True

    def _skip_empty(self) -> None:
        """Passes what a worker left that was killed while it moved units."""
        words = self._words
        while words[_HEAD] < words[_UNITS] and words[at := self._unit(words[_HEAD])] >= words[at + 1]:
            words[_HEAD] += 1

    def _fitting(self, row: int, size: Callable[[int], int]) -> int:
        words = self._words
        while True:
            position = words[row + _NEXT] = self._passed_over(words[row + _NEXT], words[row + _END])
            if position < words[row + _END]:
                return int(position) if size(position) >= 0 else WAIT
            self._skip_empty()
            if words[_HEAD] < words[_UNITS]:
                number = self._best_unit(size)
                if number < 0:
                    return WAIT
                # Only what comes from among the urgent ones makes them fewer.
                words[_URGENT] += int(number - words[_HEAD] >= words[_URGENT] > 0)
                self._bring_forward(number)
                self._take_unit(row)
            elif not self._steal(row, size):
                return -1 if self._longest_range() < 0 else WAIT

    def _best_unit(self, size: Callable[[int], int]) -> int:
        """The first queued unit if it is urgent and fits, or if all that are looked at fit; else the largest of those that do;
        -1: none does."""
        words, best, most, all_fit = self._words, -1, -1, True
        for number in range(words[_HEAD], min(words[_UNITS], words[_HEAD] + _LOOKED_AT)):
            at = self._unit(number)
            taken = size(words[at]) if words[at] < words[at + 1] else -1
            if taken >= 0 and number - words[_HEAD] < words[_URGENT]:
                return number
            all_fit = all_fit and taken >= 0
            if taken > most:
                best, most = number, taken
        return int(words[_HEAD]) if all_fit else best

    def _bring_forward(self, number: int) -> None:
        """Puts a queued unit before all others, which keep their order. Each is taken from its place before it is written to
        the next."""
        head = self._words[_HEAD]
        moved = self._taken_out(number)
        for place in range(number, head, -1):
            self._put(place, self._taken_out(place - 1))
        self._put(head, moved)

    def _taken_out(self, number: int) -> Unit:
        words, at = self._words, self._unit(number)
        unit = Unit(words[at], words[at + 1], bool(words[at + 2]))
        words[at + 1] = 0
        return unit

    def _put(self, number: int, unit: Unit) -> None:
        words, at = self._words, self._unit(number)
        words[at], words[at + 2] = unit.begin, int(unit.bound)
        words[at + 1] = unit.end

    def _steal(self, row: int, size: Callable[[int], int] | None = None) -> bool:
        """Moves the later half of the longest divisible range to `row`, if it begins with what fits."""
        words = self._words
        best = self._longest_range()
        if best < 0:
            return False
        most = words[best + _END] - words[best + _NEXT]
        middle, end = words[best + _NEXT] + most // 2, words[best + _END]
        if size is not None and size(middle) < 0:
            return False
        self._begin_range(row, middle, 0)
        words[best + _END] = middle
        words[row + _END] = end
        return True

    def _longest_range(self) -> int:
        """The row with the most that may be divided; -1: there is none."""
        words = self._words
        best, most = -1, 0
        for worker in range(words[_WORKERS]):
            other = self._row(worker)
            left = words[other + _END] - words[other + _NEXT]
            if left > most and not words[other + _BOUND]:
                best, most = other, left
        return best

    def _begin_range(self, row: int, begin: int, bound: int) -> None:
        """An empty range, whatever was there; setting its end makes it one that counts."""
        words = self._words
        words[row + _END] = 0
        words[row + _NEXT] = begin
        words[row + _BOUND] = bound

    def following(self, worker: int) -> int:
        """The position that `worker` would run after the current one if nobody takes it; -1 at the end of its range."""
        row = self._row(worker)
        end = self._words[row + _END]
        following = self._passed_over(self._words[row + _NEXT], end)
        return following if following < end else -1

    def rest(self, worker: int) -> None:
        """`worker` runs no test now."""
        self._words[self._row(worker) + _CURRENT] = -1

    def place(self, worker: int) -> Place:
        """What `worker` does now."""
        row, words = self._row(worker), self._words
        current, began, following = words[row + _CURRENT], words[row + _BEGAN], words[row + _NEXT]
        # It runs a position once that has left its range.
        running = -1 if current == following else current
        return Place(running, began, following, words[row + _END], bool(words[row + _BOUND]))

    def give_back(self, worker: int, urgent: bool = False) -> Place:
        """Queues what a dead worker had left and clears its row; says what it was doing."""
        with self._locked():
            place, row, words = self.place(worker), self._row(worker), self._words
            if place.next < place.end:
                unit = Unit(place.next, place.end, place.bound)
                self._queue_first(unit) if urgent else self._queue(unit)
            words[row + _NEXT] = words[row + _END] = words[row + _BOUND] = 0
            words[row + _CURRENT] = -1
        return place

    def queue_again(self, position: int, urgent: bool = False) -> None:
        """Queues one position that a worker was stopped at by mistake, or that got lost with one."""
        if urgent:
            self.queue_urgent(Unit(position, position + 1, True))
            return
        with self._locked():
            self._queue(Unit(position, position + 1, False))

    def queue_urgent(self, unit: Unit) -> None:
        """Queues a unit before all others."""
        with self._locked():
            self._queue_first(unit)

    def _queue_first(self, unit: Unit) -> None:
        words = self._words
        at = self._unit(words[_HEAD] - 1)
        words[at], words[at + 1], words[at + 2] = unit.begin, unit.end, int(unit.bound)
        words[_HEAD] -= 1
        words[_URGENT] += 1

    def cross_out(self, position: int) -> None:
        """The position is not to be run, whatever range it is in. It must not be running, nor in a range that is."""
        self._crossed[self._crossed_at + position] = 1

    def expect(self, units: int) -> None:
        """So many units are going to be queued: workers that find nothing wait for them."""
        self._words[_EXPECTED] = units

    def crowd(self, is_crowded: bool) -> None:
        """Whether somebody else waits for a slot, so that nobody should wait in one for long."""
        self._words[_CROWDED] = int(is_crowded)

    @property
    def urgent(self) -> bool:
        """Whether an urgent unit is queued."""
        return bool(self._words[_URGENT] > 0)

    @property
    def expects(self) -> bool:
        """Whether further units are going to be queued, and may be claimed then."""
        return bool(self._words[_EXPECTED] > 0 and not self._words[_STOP] and self._words[_GATE] != 1)

    @property
    def crowded(self) -> bool:
        """What `crowd` last said."""
        return bool(self._words[_CROWDED])

    def open_units(self) -> int:
        """How many further workers could find something to do now: queued units plus what may be divided."""
        with self._locked():
            words = self._words
            count = words[_UNITS] - words[_HEAD]
            for worker in range(words[_WORKERS]):
                row = self._row(worker)
                if not words[row + _BOUND]:
                    count += max(0, words[row + _END] - words[row + _NEXT])
            return int(count)

    def stop(self) -> None:
        """Nothing more can be claimed."""
        self._words[_STOP] = 1

    @property
    def failed_too_often(self) -> bool:
        """Whether claims ended with the last failed test that may be."""
        return bool(self._words[_FAILURES] == 0)

    def count_failure(self) -> None:
        """A test failed; with the last one that may, claims end."""
        words = self._words
        with self._locked():
            if words[_FAILURES] > 0:
                words[_FAILURES] -= 1
            if words[_FAILURES] == 0:
                words[_STOP] = 1

    def admit(self, number: int | None) -> None:
        """Lets only `number` further tests be claimed, until it is called again; None: any number."""
        with self._locked():
            self._words[_GATE] = 0 if number is None else number + 1

    def next_unit(self) -> Unit | None:
        """The unit that would be claimed next; None when none is queued."""
        words = self._words
        with self._locked():
            if words[_HEAD] >= words[_UNITS]:
                return None
            at = self._unit(words[_HEAD])
            return Unit(words[at], words[at + 1], bool(words[at + 2]))

    def put_last(self) -> None:
        """Moves the unit that would be claimed next behind all others."""
        words = self._words
        with self._locked():
            if words[_HEAD] < words[_UNITS]:
                at = self._unit(words[_HEAD])
                unit = Unit(words[at], words[at + 1], bool(words[at + 2]))
                if words[_URGENT] > 0:
                    words[_URGENT] -= 1
                words[_HEAD] += 1
                self._queue(unit)

    def close(self) -> None:
        """Releases the memory and the descriptor."""
        self._words.release()
        self._crossed.release()
        self._map.close()
        os.close(self.descriptor)


def anonymous_file(name: str) -> int:
    """The descriptor of a new file that nobody else can open."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name, 0)
    descriptor, path = tempfile.mkstemp(prefix=f"{name}-")
    os.unlink(path)
    return descriptor

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
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from lamina.workers import board_queue, board_ranges
from lamina.workers.anonymous_file import anonymous_file
from lamina.workers.board_layout import (
    BEGAN,
    BOUND,
    CAPACITY,
    CROWDED,
    CURRENT,
    END,
    EXPECTED,
    FAILURES,
    GATE,
    HEAD,
    NEXT,
    POSITIONS,
    STOP,
    UNITS,
    URGENT,
    WORKERS,
    Unit,
    crossed_at,
    row_of,
    size_of,
)  # fmt: skip

__all__ = ["WAIT", "Board", "Place", "Unit"]

# What a claim gives when there are tests left and none of them fits.
WAIT = -2


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
        size = size_of(capacity, positions, workers)
        descriptor = anonymous_file("lamina-board")
        os.ftruncate(descriptor, size)
        board = cls(descriptor, size)
        words = board._words
        words[CAPACITY], words[WORKERS], words[POSITIONS] = capacity, workers, positions
        words[FAILURES] = failures or -1
        board._crossed_at = crossed_at(words)
        for worker in range(workers):
            words[row_of(worker) + CURRENT] = -1
        for unit in units:
            board_queue.append(words, unit)
        return board

    @classmethod
    def attach(cls, descriptor: int) -> Board:
        """The board behind an inherited descriptor."""
        board = cls(descriptor, os.fstat(descriptor).st_size)
        board._crossed_at = crossed_at(board._words)
        return board

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
        words, row = self._words, row_of(worker)
        fcntl.lockf(self._lock, fcntl.LOCK_EX, 1)
        try:
            is_shut = words[STOP] or words[GATE] == 1
            if words[URGENT] > 0 and not is_shut:
                board_ranges.put_back(words, row)
            if is_shut:
                position = -1
            elif size is not None:
                position = self._fitting(row, size)
            else:
                position = words[row + NEXT] if self._has_range(row) else -1
            words[row + BEGAN] = time.monotonic_ns()
            words[row + CURRENT] = max(-1, position)
            if position >= 0:
                words[row + NEXT] = position + 1
                if words[GATE] > 1:
                    words[GATE] -= 1
        finally:
            fcntl.lockf(self._lock, fcntl.LOCK_UN, 1)
        return int(position)

    def _has_range(self, row: int) -> bool:
        words = self._words
        while True:
            words[row + NEXT] = self._passed_over(words[row + NEXT], words[row + END])
            if words[row + NEXT] < words[row + END]:
                return True
            if not (board_ranges.take_unit(words, row) or board_ranges.steal(words, row)):
                return False

    def _passed_over(self, position: int, end: int) -> int:
        """The next position that is to be run; `end` when there is none."""
        crossed, at = self._crossed, self._crossed_at
        while position < end and crossed[at + position]:
            position += 1
        return position

    def _fitting(self, row: int, size: Callable[[int], int]) -> int:
        words = self._words
        while True:
            position = words[row + NEXT] = self._passed_over(words[row + NEXT], words[row + END])
            if position < words[row + END]:
                return int(position) if size(position) >= 0 else WAIT
            if not board_queue.is_empty(words):
                number = board_queue.best(words, size)
                if number < 0:
                    return WAIT
                board_queue.bring_forward(words, number)
                board_ranges.take_unit(words, row)
            elif not board_ranges.steal(words, row, size):
                return -1 if board_ranges.longest(words) < 0 else WAIT

    def following(self, worker: int) -> int:
        """The position that `worker` would run after the current one if nobody takes it; -1 at the end of its range."""
        row = row_of(worker)
        end = self._words[row + END]
        following = self._passed_over(self._words[row + NEXT], end)
        return following if following < end else -1

    def rest(self, worker: int) -> None:
        """`worker` runs no test now."""
        self._words[row_of(worker) + CURRENT] = -1

    def place(self, worker: int) -> Place:
        """What `worker` does now."""
        row, words = row_of(worker), self._words
        current, began, following = words[row + CURRENT], words[row + BEGAN], words[row + NEXT]
        # It runs a position once that has left its range.
        running = -1 if current == following else current
        return Place(running, began, following, words[row + END], bool(words[row + BOUND]))

    def give_back(self, worker: int, urgent: bool = False) -> Place:
        """Queues what a dead worker had left and clears its row; says what it was doing."""
        with self._locked():
            place, row, words = self.place(worker), row_of(worker), self._words
            if place.next < place.end:
                unit = Unit(place.next, place.end, place.bound)
                board_queue.prepend(words, unit) if urgent else board_queue.append(words, unit)
            words[row + NEXT] = words[row + END] = words[row + BOUND] = 0
            words[row + CURRENT] = -1
        return place

    def queue_again(self, position: int, urgent: bool = False) -> None:
        """Queues one position that a worker was stopped at by mistake, or that got lost with one."""
        if urgent:
            self.queue_urgent(Unit(position, position + 1, True))
            return
        with self._locked():
            board_queue.append(self._words, Unit(position, position + 1, False))

    def queue_urgent(self, unit: Unit) -> None:
        """Queues a unit before all others."""
        with self._locked():
            board_queue.prepend(self._words, unit)

    def cross_out(self, position: int) -> None:
        """The position is not to be run, whatever range it is in. It must not be running, nor in a range that is."""
        self._crossed[self._crossed_at + position] = 1

    def expect(self, units: int) -> None:
        """So many units are going to be queued: workers that find nothing wait for them."""
        self._words[EXPECTED] = units

    def crowd(self, is_crowded: bool) -> None:
        """Whether somebody else waits for a slot, so that nobody should wait in one for long."""
        self._words[CROWDED] = int(is_crowded)

    @property
    def urgent(self) -> bool:
        """Whether an urgent unit is queued."""
        return bool(self._words[URGENT] > 0)

    @property
    def expects(self) -> bool:
        """Whether further units are going to be queued, and may be claimed then."""
        return bool(self._words[EXPECTED] > 0 and not self._words[STOP] and self._words[GATE] != 1)

    @property
    def crowded(self) -> bool:
        """What `crowd` last said."""
        return bool(self._words[CROWDED])

    def open_units(self) -> int:
        """How many further workers could find something to do now: queued units plus what may be divided."""
        with self._locked():
            words = self._words
            return int(words[UNITS] - words[HEAD] + board_ranges.divisible(words))

    def stop(self) -> None:
        """Nothing more can be claimed."""
        self._words[STOP] = 1

    @property
    def failed_too_often(self) -> bool:
        """Whether claims ended with the last failed test that may be."""
        return bool(self._words[FAILURES] == 0)

    def count_failure(self) -> None:
        """A test failed; with the last one that may, claims end."""
        words = self._words
        with self._locked():
            if words[FAILURES] > 0:
                words[FAILURES] -= 1
            if words[FAILURES] == 0:
                words[STOP] = 1

    def admit(self, number: int | None) -> None:
        """Lets only `number` further tests be claimed, until it is called again; None: any number."""
        with self._locked():
            self._words[GATE] = 0 if number is None else number + 1

    def next_unit(self) -> Unit | None:
        """The unit that would be claimed next; None when none is queued."""
        with self._locked():
            return board_queue.first(self._words)

    def put_last(self) -> None:
        """Moves the unit that would be claimed next behind all others."""
        with self._locked():
            board_queue.put_last(self._words)

    def close(self) -> None:
        """Releases the memory and the descriptor."""
        self._words.release()
        self._crossed.release()
        self._map.close()
        os.close(self.descriptor)

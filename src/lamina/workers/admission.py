"""Lets a worker claim what fits: before a test begins, what it is expected to need is written into the ledger.

Most suites have no test that needs much, no bound, and a machine with memory to spare; for those nothing is asked at all, and a
claim costs what it did. Where something may be short, a claim looks at the room that the ledger has and takes a test that
fits; if none does, the worker waits. While there is room for whatever may run at once, the longest test comes first; else the
largest one, since what is left of the room can be filled by small ones only.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from heapq import nlargest

from lamina.workers.board import WAIT, Board
from lamina.workers.expecting import HEAVY, UNKNOWN
from lamina.workers.ledger import GROWN, NO_ROOM, RETIRED, Ledger
from lamina.workers.meter import Meter
from lamina.workers.protocol import Request

__all__ = ["Admission"]

_POLL_SECONDS = 0.01
# A worker that waits and holds so much that it does not need is replaced by a fresh one.
_SPARE = 64 << 20
_WAITED_SECONDS = 0.3
# What a first run takes an unknown test to need where nothing bounds it: next to nothing, or it would run one at a time.
_PLAIN_GUESS = HEAVY
# What a forked worker soon has of its own.
_OWN_AT_START = 8 << 20
# Needs that differ by less are alike: of those the longest test is taken.
_ALIKE = 64 << 20
# Measured needs vary a little.
_MARGIN = 1.02


class Admission:
    """Of one worker, in its process. `own` are bytes that it already shares with nobody."""

    def __init__(
        self, ledger: Ledger, board: Board, request: Request, growths: list[int], row: int, slot: int,
        is_forked: bool = True, own: int = 0,
    ) -> None:  # fmt: skip
        self.meter = Meter()
        self._ledger = ledger
        self._board = board
        self._row = row
        self._slot = slot
        self._growths = growths
        # Whether this worker takes no further test, whatever there is.
        self.has_to_end = False
        self._category, self._layer = request["ledger_scopes"]
        self._limit = request["worker_limit"]
        # A fork shares nearly all that it begins with; reading how much exactly would take longer than the fork.
        self._shared = max(0, self.meter.resident - _OWN_AT_START - own) if is_forked else 0
        self._is_bounded = ledger.is_bounded(self._category, self._layer)
        largest = nlargest(request["slots"], growths)
        # Known needs of tests that are anything but small.
        self._is_heavy = bool(largest) and largest[0] > HEAVY
        # What the largest tests come to together, a worker each.
        self._most = int(sum(largest) * _MARGIN)
        ledger.enter(slot, self._category, self._layer, self._own, self._shared)

    @property
    def _own(self) -> int:
        return max(0, self.meter.resident - self._shared)

    def claim(self, give_way: Callable[[], None]) -> int:
        """The next position to run; -1 when there is none for this worker. Waits while there is no room, and calls `give_way`
        again and again meanwhile."""
        ledger, board = self._ledger, self._board
        since = 0.0
        while True:
            if ledger.is_retired(self._slot):
                return self._end(RETIRED)
            if not (self._is_bounded or self._is_heavy or ledger.is_held or self._learned_much()):
                position = board.claim(self._row)
                if position >= 0:
                    ledger.begin(self._slot, 0)
                return position
            position = self._claim_what_fits()
            if position != WAIT:
                return position
            since = since or time.monotonic()
            if time.monotonic() - since > _WAITED_SECONDS and self._own > _SPARE:
                return self._end(GROWN)
            give_way()
            time.sleep(_POLL_SECONDS)

    def _end(self, farewell: int) -> int:
        self._ledger.say(self._slot, farewell)
        self.has_to_end = True
        return -1

    def _learned_much(self) -> bool:
        return self._ledger.learned(self._category).largest > HEAVY

    def _claim_what_fits(self) -> int:
        ledger, growths = self._ledger, self._growths
        with ledger.locked():
            room = ledger.room(self._slot)
            if room == NO_ROOM:
                # There may be nothing left to wait for.
                return self._board.claim(self._row, lambda position: -1)
            unknown = self._expected_of_unknown()

            def expected(position: int) -> int:
                growth = growths[position]
                return unknown if growth == UNKNOWN else int(growth * _MARGIN)

            def size(position: int) -> int:
                """How large the test is, as far as that matters now; -1 if it does not fit."""
                taken = expected(position)
                if taken > room:
                    return -1
                return taken // _ALIKE if room < self._most else 0

            position = self._board.claim(self._row, size)
            if position >= 0:
                ledger.begin(self._slot, expected(position))
        return position

    def _expected_of_unknown(self) -> int:
        """The largest need of n tests seen, times 1 + 1/n: as one estimates the highest number from a sample. With none seen, all
        that a bound leaves."""
        largest, seen = self._ledger.learned(self._category)
        bounds = [bound for scope in (self._category, self._layer) if (bound := self._ledger.bound(scope))]
        if seen:
            return int(largest * (1 + 1 / seen))
        return min([self._limit or _PLAIN_GUESS] if self._limit or not bounds else bounds)

    def ended(self) -> bool:
        """A test has ended and is measured. Whether the worker may go on to the next one."""
        meter, ledger = self.meter, self._ledger
        own = self._own
        if self._is_bounded or meter.growth > HEAVY:
            with ledger.locked():
                ledger.learn(self._category, meter.growth)
        ledger.rest(self._slot, own)
        if self._limit and own > self._limit:
            self._end(GROWN)
        return not self.has_to_end

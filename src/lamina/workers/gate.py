"""The gate of a session: lets its workers claim tests, none, or a single one, as the category's circuit breaker says."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from lamina.workers.board import Board
from lamina.workers.breaker import PROBES, Breaker, is_infrastructure
from lamina.workers.protocol import Request, ResultRow

__all__ = ["Gate"]

# Units looked at for a probe, so that a long queue costs no time.
_LOOKED_AT = 1000


class Gate:
    """`note` gets what the user should know, a line each."""

    def __init__(
        self, session: pytest.Session, request: Request, board: Board, positions: list[int], note: Callable[[str], None]
    ) -> None:
        self._category = request["category"]
        self._pause = request["breaker_pause"]
        self._breaker = Breaker(request["breaker_threshold"], self._pause)
        self._session = session
        self._board = board
        self._positions = positions
        self._note = note
        self._last = ""

    @property
    def is_open(self) -> bool:
        """Whether any number of tests may run."""
        return self._breaker.state == "closed"

    @property
    def gave_up(self) -> str:
        """Why no further test is tried; empty while that may still be."""
        if self._breaker.state != "given_up":
            return ""
        return (
            f"circuit breaker: {self._breaker.in_a_row} tests in a row failed for infrastructure reasons, the last "
            f"{PROBES} each after a pause (last: {self._last})"
        )

    def heard(self, row: ResultRow) -> None:
        """A test has its result."""
        before, failed = self._breaker.state, is_infrastructure(row)
        if failed:
            self._last = f"{row['id']}: {row['message'] or row['outcome']}"
        self._breaker.heard(failed, time.monotonic())
        now = self._breaker.state
        if before == now:
            return
        self._board.admit(None if now == "closed" else 0)
        if now == "closed":
            self._note(f"{self._category}: a test got through, so it goes on")
        elif before == "closed":
            self._note(
                f"{self._category}: {self._breaker.in_a_row} tests in a row failed for infrastructure reasons (last: "
                f"{self._last}); nothing is started for {self._pause:g} s, then one test is tried"
            )

    def may_start(self, workers: int) -> bool:
        """Whether a worker may be started beside `workers` others. True for a probe once in each pause."""
        if self.is_open:
            return True
        if workers:
            return False
        if self._breaker.state == "half_open":
            # Its worker has ended, and no result said anything.
            self._breaker.missed(time.monotonic())
        if not self._breaker.is_due(time.monotonic()):
            return False
        self._turn_to_another_file()
        self._breaker.try_one()
        self._board.admit(1)
        return True

    def _turn_to_another_file(self) -> None:
        """Lets the probe be of another file than the test that failed last, if any is left: the fault may be that file's."""
        failed = self._last.partition("::")[0]
        for _ in range(_LOOKED_AT):
            unit = self._board.next_unit()
            if unit is None or not self._session.items[self._positions[unit.begin]].nodeid.startswith(f"{failed}::"):
                return
            self._board.put_last()

"""Watches what workers run, and for how long: finds tests that are over their limit, names those that run now."""

from __future__ import annotations

import time
from collections.abc import Iterable

import pytest

from lamina.workers.board import Board
from lamina.workers.hand import Hand
from lamina.workers.protocol import Request

__all__ = ["Watch"]

_IDLE_SECONDS = 0.25


class Watch:
    """Reads the board; touches no process."""

    def __init__(self, session: pytest.Session, request: Request, board: Board, positions: list[int]) -> None:
        self._items = session.items
        self._positions = positions
        self._board = board
        self._usual = request["test_timeout"]
        # pytest-timeout enforces its own marker, in the worker.
        self._reads_marker = not session.config.pluginmanager.hasplugin("timeout")
        self._limits: dict[int, float] = {}

    def seconds_to_next(self) -> float:
        """How long the session may sleep before it has to look again."""
        return _IDLE_SECONDS

    def overdue(self, hands: Iterable[Hand]) -> list[Hand]:
        """Workers whose test has run longer than it may."""
        now = time.monotonic_ns()
        late = []
        for hand in hands:
            place = self._board.place(hand.row)
            if place.current >= 0 and not hand.verdict and (now - place.began) / 1e9 > self._limit(place.current):
                late.append(hand)
        return late

    def limit_text(self, hand: Hand) -> str:
        """The limit in words."""
        position = self._board.place(hand.row).current
        return f"it ran longer than its limit of {self._limit(position):g} s"

    def running(self, hands: Iterable[Hand]) -> list[tuple[str, str, float]]:
        """Worker, test id and seconds for each test that runs now."""
        now = time.monotonic_ns()
        places = [(hand.name, self._board.place(hand.row)) for hand in hands]
        return [
            (name, self._items[self._positions[place.current]].nodeid, (now - place.began) / 1e9)
            for name, place in places
            if place.current >= 0
        ]

    def _limit(self, position: int) -> float:
        if not self._reads_marker:
            return self._usual
        if position not in self._limits:
            marker = self._items[self._positions[position]].get_closest_marker("timeout")
            seconds = (marker.args[0] if marker.args else marker.kwargs.get("seconds")) if marker else None
            self._limits = {position: float(seconds) if seconds else self._usual}
        return self._limits[position]

"""What came of a session's tests: rows for the engine, what is kept for later runs, what tests left behind, which are through."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from lamina.workers.channel import Channel
from lamina.workers.frames import Frame
from lamina.workers.hand import Hand
from lamina.workers.leftovers import Leftovers
from lamina.workers.protocol import Request, ResultRow
from lamina.workers.reemit import Reemitter
from lamina.workers.reports import is_one_attempt

if TYPE_CHECKING:
    from lamina.workers.keeping import Keeper

__all__ = ["Results"]


class Results:
    """Of the tests of `session` in the order of `positions`. Rows are sent when `flush` is called. `cache` opens what results are
    kept in (None: they are not kept); it is asked when the first one is there."""

    def __init__(
        self,
        session: pytest.Session,
        request: Request,
        channel: Channel,
        positions: list[int],
        cache: Callable[[], Keeper | None],
    ) -> None:
        self._session = session
        self._channel = channel
        self._positions = positions
        self._cache = cache
        self._keeper: Keeper | None = None
        self._emitter = Reemitter(session)
        self._leftovers = Leftovers(request)
        self._rows: list[ResultRow] = []
        self._done = bytearray(len(positions))

    def item(self, position: int) -> pytest.Item:
        """The test at a position."""
        return self._session.items[self._positions[position]]

    def is_done(self, position: int) -> bool:
        """Whether the test has its result."""
        return bool(self._done[position])

    @property
    def left(self) -> list[int]:
        """The positions of tests without a result."""
        return [position for position, is_done in enumerate(self._done) if not is_done]

    def take(self, frame: Frame, worker: str) -> ResultRow | None:
        """What a worker says of a test. None: it says nothing of one."""
        row = self._emitter.frame(frame, self._positions, worker)
        if frame.position >= 0 and not (frame.exit and not frame.reports):
            self._done[frame.position] = 1
        if row is not None:
            self._rows.append(row)
            self._leftovers.add(row, frame.folder)
            self._keep(frame, row)
        if frame.position < 0 and frame.trace is not None and self._keeper is not None:
            self._keeper.torn_down(worker, frame.trace)
        return row

    def lost(self, position: int, hand: Hand, end: str) -> ResultRow:
        """The test was lost with its worker."""
        row = self._emitter.lost(self.item(position), hand, end)
        self._leftovers.add(row)
        return self._add(position, row)

    def skip(self, position: int, reason: str) -> None:
        """The test is not going to run, and counts as skipped."""
        self._add(position, self._emitter.skipped(self.item(position), reason))

    def give_up(self, position: int, reason: str, seconds: float) -> ResultRow:
        """The test is not going to run, and counts as failed; it waited so many seconds in vain."""
        row = self._emitter.given_up(self.item(position), reason)
        row["waited"] = seconds
        return self._add(position, row)

    def _add(self, position: int, row: ResultRow) -> ResultRow:
        self._done[position] = 1
        self._rows.append(row)
        return row

    def _keep(self, frame: Frame, row: ResultRow) -> None:
        """Keeps the result for later runs; that of a test behind which a fixture could not be torn down is not."""
        if frame.position >= 0 and frame.trace is None:
            return
        keeper = self._keeper = self._cache()
        if keeper is None:
            return
        if frame.position < 0:
            keeper.spoil(row["id"])
        else:
            keeper.result(self.item(frame.position), row, frame.trace, clean=is_one_attempt(frame.reports))

    def flush(self) -> None:
        """Sends what came since the last call, and writes what is kept if that is due."""
        if self._rows:
            self._channel.send({"kind": "tests", "rows": self._rows})
            self._rows = []
        if self._keeper is not None:
            self._keeper.write_if_due()

    def notes(self) -> list[str]:
        """What tests left behind, for the user."""
        return self._leftovers.notes()

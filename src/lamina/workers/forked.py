"""A worker's life: claim a test, run it by pytest's own protocol, write its reports to the session, and so on.

It decides nothing but what to claim next from the board. Each result is written before the next test is claimed, so a
worker that dies loses only the test it runs.
"""

from __future__ import annotations

import os
import time
import warnings
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.reports import BaseReport, TestReport
from _pytest.runner import CallInfo

from lamina.workers import garbage
from lamina.workers.admission import Admission
from lamina.workers.board import Board
from lamina.workers.frames import Frame, encoded, portable, reports_in, write
from lamina.workers.isolation import ISOLATION
from lamina.workers.locations import Locations
from lamina.workers.meter import Meter
from lamina.workers.patience import claim_next
from lamina.workers.reports import pack
from lamina.workers.seats import SEAT

if TYPE_CHECKING:
    from lamina.workers.apart import Apart

__all__ = ["ASKED_TO_END", "Worker"]

# What the worker's handler of SIGTERM raises with KeyboardInterrupt.
ASKED_TO_END = "the worker was asked to end"


class _Keeper:
    """Stands for the next item at the end of a unit: keeps session fixtures, lets everything else be torn down."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session

    def listchain(self) -> list[Any]:
        return [self._session]


class Worker:
    """Runs tests of `session` in this process until the board has no more for it."""

    def __init__(
        self,
        session: pytest.Session,
        board: Board,
        positions: list[int],
        row: int,
        output: int,
        admission: Admission,
        apart: Apart | None = None,
    ) -> None:
        self._session = session
        self._board = board
        self._positions = positions
        self._row = row
        self._output = output
        self._apart = apart
        self._pid = os.getpid()
        self._admission = admission
        self._meter = admission.meter
        self._is_cut_off = False
        self._reports: list[BaseReport] = []
        self._warnings: list[dict[str, Any]] = []
        self._keeper: Any = _Keeper(session)
        self._locations = Locations(session)
        self._traces: Any = session.config.pluginmanager.getplugin("lamina-traces")
        self._isolation = session.config.stash[ISOLATION]
        self._seat = session.config.stash.get(SEAT, None)
        self._granted: Any = session.config.pluginmanager.getplugin("lamina-granted")

    def pytest_runtest_logreport(self, report: BaseReport) -> None:
        """Collects the reports of the test that runs."""
        if (
            type(report) is TestReport
            and report.when == "call"
            and any(type(one) is not TestReport for one in self._reports)
        ):
            # Asked for the test's status, pytest turns a pass with failed subtests into a failure. It counts them in
            # this process only, so it has to be asked here.
            config = self._session.config
            config.hook.pytest_report_teststatus(report=report, config=config)
        if self._apart is not None and getattr(report, "when", "") == "setup":
            self._apart.add_set_up(report)
        self._reports.append(report)

    def pytest_warning_recorded(
        self, warning_message: warnings.WarningMessage, when: str, nodeid: str, location: Any
    ) -> None:
        """Collects the warnings that pytest caught."""
        self._warnings.append(
            {"message": portable(warning_message), "when": when, "nodeid": nodeid, "location": location}
        )

    def work(self) -> None:
        """The loop."""
        session, board = self._session, self._board
        session.config.pluginmanager.register(self, "lamina-worker")
        garbage.in_worker()
        if self._traces is not None:
            self._traces.tests_begin()
        # What a test forks and leaves running would keep the line to the session open, which closes to say that this is over.
        os.register_at_fork(after_in_child=self._hang_up)
        item: pytest.Item | None = None
        self._keep_seat()
        position = claim_next(board, self._row, self._admission, False, self._keep_seat)
        try:
            while position >= 0:
                item = session.items[self._positions[position]]
                following = board.following(self._row)
                nextitem = self._keeper if following < 0 else session.items[self._positions[following]]
                if self._granted is not None:
                    self._granted.begin(position)
                is_last = not self._run(item, position, nextitem)
                is_last = not self._admission.ended() or is_last
                if session.shouldfail or session.shouldstop or is_last:
                    break
                self._keep_seat()
                has_freed = self._granted is not None and self._granted.is_awaited(position)
                position = claim_next(board, self._row, self._admission, has_freed, self._keep_seat)
                if position != following and following >= 0:
                    # Another worker took what this one was going to run next and had kept fixtures for.
                    self._tear_down(item, self._keeper)
        except pytest.exit.Exception as error:
            self._send(position, f"pytest.exit: {error.msg}")
        except KeyboardInterrupt as error:
            # Asked to end, it leaves its place on the board as it is, which tells the session what it interrupted.
            if str(error) != ASKED_TO_END:
                self._send(position, "KeyboardInterrupt")
        else:
            board.rest(self._row)
        self._tear_down(item, None)
        if self._granted is not None:
            self._granted.close()

    def _keep_seat(self) -> None:
        """Between two tests other runs may have their turn."""
        if self._seat is not None:
            self._board.rest(self._row)  # the time that it waits is no test's
            self._seat.keep()

    def _forget_trace(self) -> None:
        """What a test used says nothing of a result that another test has made."""
        if self._traces is not None:
            self._traces.forget()

    def _hang_up(self) -> None:
        with suppress(OSError):
            os.close(self._output)

    def _run(self, item: pytest.Item, position: int, nextitem: Any) -> bool:
        """Runs a test; returns whether this process may run another one."""
        self._locations.know(item)
        if self._apart is not None and self._apart.set_up(item):
            self._run_apart(item, position)
            self._tear_down(item, nextitem)
            return True
        self._run_here(item, position, nextitem)
        # With threads alive there is no fork: the process itself is the test's own.
        return self._apart is None

    def _run_here(self, item: pytest.Item, position: int, nextitem: Any) -> None:
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=nextitem)
        if os.getpid() != self._pid:  # a child that a test forked came back from the test
            os._exit(1)
        self._meter.measure()
        if any(report.failed for report in self._reports):
            self._board.count_failure()
        if self._granted is not None and not self._granted.ended(position, self._reports):
            self._forget_trace()
        self._send(position, str(self._session.shouldstop or ""))

    def _run_apart(self, item: pytest.Item, position: int) -> None:
        assert self._apart is not None
        began, started = time.perf_counter(), time.time()
        ended = self._apart.run(item, lambda output, parent: self._be_apart(item, position, output, parent))
        if ended.frame:
            self._reports, self._warnings = [], []
            self._write(ended.frame)
            if self._traces is not None:
                self._traces.heard()
        else:
            self._board.count_failure()
            self._send(position, died=(ended.died, ended.evidence, time.perf_counter() - began, started))
        self._meter.measure_child()
        if self._granted is not None:
            # The child knows how the test ended; here are the tests that depend on it.
            self._granted.ended(position, reports_in(ended.frame, item))

    def _be_apart(self, item: pytest.Item, position: int, output: int, parent: Any) -> None:
        """In the child."""
        self._output, self._pid, self._meter = output, os.getpid(), Meter(is_fresh=True)
        try:
            self._run_here(item, position, parent)
        except pytest.exit.Exception as error:
            self._send(position, f"pytest.exit: {error.msg}")
        except KeyboardInterrupt as error:
            if str(error) != ASKED_TO_END:
                self._send(position, "KeyboardInterrupt")
            self._session._setupstate.teardown_exact(parent)
        if self._granted is not None:
            self._granted.close()

    def _tear_down(self, item: pytest.Item | None, nextitem: Any) -> None:
        """Tears fixtures down outside of a test's own protocol; what fails is an error of the test that ran last."""
        if item is None:
            return
        state = self._session._setupstate
        captured: AbstractContextManager[list[tuple[str, str]]]
        captured = self._apart.captured() if self._apart else nullcontext([])

        def torn_down() -> CallInfo[None]:
            return CallInfo.from_call(
                lambda: state.teardown_exact(nextitem), when="teardown", reraise=(pytest.exit.Exception,)
            )

        with captured as sections:
            call = torn_down()
            if call.excinfo is not None and str(call.excinfo.value) == ASKED_TO_END:
                call = torn_down()  # no fixture's fault; the others have their turn still
        if call.excinfo is not None:
            report = item.ihook.pytest_runtest_makereport(item=item, call=call)
            report.sections += sections
            self._reports.append(report)
        if call.excinfo is not None or (self._traces is not None and self._traces.has_torn):
            self._send(-1 - self._session.items.index(item))

    def _send(self, position: int, reason: str = "", died: tuple[str, str, float, float] | None = None) -> None:
        item = self._session.items[self._positions[position] if position >= 0 else -1 - position]
        frame = Frame(
            position,
            item.location,
            [pack(report, item) for report in self._reports],
            self._warnings,
            self._meter.peak,
            reason,
            None if self._traces is None else self._traces.take(position >= 0),
            tuple(self._isolation.take()) if self._reports else (),
            died,
            self._isolation.folder if any(report.failed for report in self._reports) else "",
            self._meter.growth,
        )
        self._reports, self._warnings = [], []
        self._write(encoded(frame))

    def _write(self, data: bytes) -> None:
        if not self._is_cut_off:
            # Asked to end in the middle of a frame, it can't send another one behind the half one.
            self._is_cut_off = True
            write(self._output, data)
            self._is_cut_off = False

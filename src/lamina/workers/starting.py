"""Starts and ends workers: by fork where that is safe, else as fresh processes that collect for themselves.

A fork copies a frozen heap, so a worker costs milliseconds and, thanks to `gc.freeze`, hardly any memory. With threads
alive a fork may copy a lock that nobody will ever release; then, and where there is no fork, workers are spawned.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
import time
import warnings
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from lamina.workers import stacks
from lamina.workers.admission import Admission
from lamina.workers.after_fork import leave, settle
from lamina.workers.board import Board
from lamina.workers.forked import Worker
from lamina.workers.hand import Hand
from lamina.workers.isolation import isolate
from lamina.workers.ledger import Ledger
from lamina.workers.meter import Meter
from lamina.workers.output import write_out
from lamina.workers.processes import TOKEN_VARIABLE, carries, end_family, family, kill_group, signal_name, sweep
from lamina.workers.protocol import Request
from lamina.workers.seats import seat

if TYPE_CHECKING:
    from lamina.workers.apart import Apart

__all__ = ["Crew"]

# Between SIGTERM and SIGKILL: long enough to tear fixtures down, short enough that Ctrl-C ends everything within 2 s.
_GRACE_SECONDS = 1.0
_EVIDENCE_LINES = 30


class Crew:
    """The workers of a session. `spawns` tells that they are started afresh instead of forked."""

    def __init__(
        self, session: pytest.Session, request: Request, board: Board, positions: list[int], growths: list[int]
    ) -> None:
        self.hands: list[Hand] = []
        self.spawns = not hasattr(os, "fork") or sys.platform == "darwin" or threading.active_count() > 1
        self._session = session
        self._request = request
        self._board = board
        self._positions = positions
        self._growths = growths
        self._ledger = Ledger(request["ledger"])
        self._folder = Path(request["folder"])
        self._prepared = False
        self._token = os.environ.get(TOKEN_VARIABLE, "")

    def start(self, slot: int) -> Hand:
        """A new worker in `slot`, which gives it its name; raises OSError when the machine has no process left for it."""
        row = next(row for row in range(len(self.hands) + 1) if all(hand.row != row for hand in self.hands))
        name = f"gw{slot}"
        if not (self.spawns or self._prepared):
            _prepare(self._session)
            self._prepared = True
            meter = Meter()
            self._hold_fixed(meter.resident)
            meter.close()
        began = time.time()
        read, write = os.pipe()
        os.set_blocking(read, False)
        try:
            if self.spawns:
                from lamina.workers.spawned import spawn

                pid = spawn(
                    self._request, self._board, self._session, self._positions, self._growths, row, slot, name, write
                )
            else:
                pid = self._fork(row, slot, name, write)
        except BaseException:
            os.close(read)
            raise
        finally:
            os.close(write)
        hand = Hand(row, slot, name, pid, read, self._folder / f"{name}.stacks")
        hand.began = began
        self.hands.append(hand)
        return hand

    def _fork(self, row: int, slot: int, name: str, write: int) -> int:
        parent = os.getpid()
        with warnings.catch_warnings():
            # Python warns of any further thread of the process, also of those of C libraries, which survive a fork.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            self._be_worker(row, slot, name, write, parent)
        return pid

    def _be_worker(self, row: int, slot: int, name: str, write: int, parent: int) -> None:
        """Never returns: what the session would do after its loop is not the worker's to do."""
        status = 1
        try:
            request = self._request
            settle(self._session, name, request["slots"], request["run_id"], self._folder, parent)
            isolate(self._session, request, name)
            seat(self._session, request)
            apart = _apart(self._session) if request["strict"] else None
            own = apart.own if apart is not None else 0
            admission = Admission(self._ledger, self._board, request, self._growths, row, slot, own=own)
            Worker(self._session, self._board, self._positions, row, write, admission, apart).work()
            leave(self._session.config)
            status = 0
        except KeyboardInterrupt:
            status = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            with suppress(BaseException):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def end(self, hand: Hand, verdict: str, reason: str) -> None:
        """Asks a worker to end, with its stacks as evidence if it ran too long."""
        if hand.verdict:
            return
        hand.verdict, hand.reason = verdict, reason
        place = self._board.place(hand.row)
        hand.accused = place.current
        hand.seconds_lost = (time.monotonic_ns() - place.began) / 1e9
        hand.lost_since = time.time() - hand.seconds_lost
        if verdict == "timeout":
            hand.evidence = stacks.ask(hand.pid, hand.stacks_path)
            # While it lives its children can be told from others', also those that have left its group.
            hand.family = family([hand.pid]) - {hand.pid}
        kill_group(hand.pid, signal.SIGTERM)
        with suppress(ProcessLookupError):
            os.kill(hand.pid, signal.SIGCONT)  # a stopped process takes no SIGTERM
        hand.kill_at = time.monotonic() + _GRACE_SECONDS

    def kill_overdue(self) -> None:
        """Kills the workers whose grace is over, with all that they started."""
        now = time.monotonic()
        for hand in self.hands:
            if hand.kill_at and now > hand.kill_at:
                kill_group(hand.pid, signal.SIGKILL)
                with suppress(ProcessLookupError):
                    os.kill(hand.pid, signal.SIGKILL)
                hand.kill_at = now + _GRACE_SECONDS

    def reap(self, hand: Hand) -> str:
        """Takes a worker off that has closed its pipe; returns "done", its signal, or "exit status N"."""
        self.hands.remove(hand)
        os.close(hand.pipe)
        # It may have closed its descriptors and gone on (a test that makes itself a daemon).
        if not _ended_within(hand.pid, 0.5):
            kill_group(hand.pid, signal.SIGKILL)
            with suppress(ProcessLookupError):
                os.kill(hand.pid, signal.SIGKILL)
        status = os.waitstatus_to_exitcode(os.waitpid(hand.pid, 0)[1])
        kill_group(hand.pid, signal.SIGKILL)  # what its tests have started and left
        end_family(pid for pid in hand.family if carries(pid, self._token))
        hand.farewell, hand.held = self._ledger.leave(hand.slot)
        if status == 0:
            return "done"
        if not hand.evidence:
            # What faulthandler wrote; all that a spawned worker wrote.
            with suppress(OSError):
                kind = "log" if self.spawns else "crash"
                lines = (self._folder / f"{hand.name}.{kind}").read_text(errors="replace").strip().splitlines()
                hand.evidence = "\n".join(lines[-_EVIDENCE_LINES:] if self.spawns else lines)
        return signal_name(-status) if status < 0 else f"exit status {status}"

    def make_room(self) -> int:
        """Ends what tests of dead workers have left running; how many processes that were."""
        return len(sweep(self._token, spare=frozenset(family([os.getpid()]) | {os.getppid()})))

    def close(self) -> None:
        """Kills what is left."""
        for hand in list(self.hands):
            kill_group(hand.pid, signal.SIGKILL)
            self.reap(hand)

    def _hold_fixed(self, size: int) -> None:
        """What this process holds, its workers share; it counts once for the category and the layer."""
        for scope in self._request["ledger_scopes"]:
            self._ledger.hold_fixed(scope, size)


def _apart(session: pytest.Session) -> Apart:
    from lamina.workers.apart import Apart

    return Apart(session)


def _prepare(session: pytest.Session) -> None:
    """Once before the first fork: what is shared should stay shared, and be complete."""
    factory: Any = getattr(session.config, "_tmp_path_factory", None)
    if getattr(session.config.option, "basetemp", None) and any(
        "tmp_path_factory" in getattr(item, "fixturenames", ()) for item in session.items
    ):
        factory.getbasetemp()
    write_out()
    gc.collect()
    gc.freeze()


def _ended_within(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.002)
    return True

"""One category's session, from the engine's side: starts it, follows it, ends it for certain.

It runs in the thread of the category's doit task and blocks there. The session and all that descends from it can always
be found by a token in their environment, and none of it outlives `run`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from lamina.engine.earlier import Told, answer, nothing_before
from lamina.engine.grants import Grants
from lamina.engine.session_log import NOT_STARTED, how_it_ended, tail, usage_problem
from lamina.engine.slots import Slots
from lamina.engine.tally import Tally
from lamina.history.outcome import CategoryOutcome
from lamina.records import Collected, Event, Note, Running, TestFinished
from lamina.workers import collected, stacks, temporary
from lamina.workers.processes import TOKEN_VARIABLE, kill_group, sweep, token_of
from lamina.workers.protocol import Lines, Message, Request, encode
from lamina.workers.session_folders import begin_session, end_session, note

__all__ = ["Link"]

# After a stop message the session ends its workers (TERM, a second, KILL) and writes its summary.
_STOP_SECONDS = 1.7
_TIMEOUT_STOP_SECONDS = 15.0
_POLL_SECONDS = 0.1


class Link:
    """The session of one category; `run` does everything."""

    def __init__(
        self,
        request: Request,
        tally: Tally,
        slots: Slots,
        emit: Callable[[Event], None],
        environment: Mapping[str, str],
        limit: float,
        grants: Grants,
        limit_text: str = "it took too long",
        told: Told = nothing_before,
    ) -> None:
        self._request = request
        self._name = request["category"]
        self._tally = tally
        self._slots = slots
        self._grants = grants
        self._crowded = False
        self._held = 1
        self._emit = emit
        self._limit = limit
        self._limit_text = limit_text
        self._told = told
        self._folder = Path(request["folder"])
        self._log = self._folder / "session.log"
        self._token = token_of(request["run_id"], self._name)
        self._environment = {**environment, TOKEN_VARIABLE: self._token}
        self._lines = Lines()
        # Not an Event: its lock would be held when a second signal comes while the first is handled.
        self._interrupted = False
        self._given_up = ""
        self._sending = threading.Lock()
        self._socket: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._session_pid = 0
        self._kill_at = float("inf")
        self._stopped = ""
        self._ended_early = ""
        # Tests that were collected and left to the cache.
        self.served: list[str] = []
        self._end: Message | None = None

    def interrupt(self) -> None:
        """Ends the session within two seconds; safe in a signal handler."""
        self._interrupted = True

    def end_early(self, reason: str, outcome: str) -> None:
        """Lets nothing further begin; what runs gets `outcome`, or comes to its end if that is empty. From any thread."""
        if not self._ended_early:
            self._ended_early = reason
            self._send({"kind": "stop", "reason": reason, "outcome": outcome})

    def give_up(self, reason: str) -> None:
        """Ends the session; what was not run by then is not run, for `reason`."""
        self._given_up = self._given_up or reason

    def kill_now(self) -> None:
        """Kills everything at once."""
        self._interrupted = True
        if self._process is not None:
            self._kill()

    def run(self) -> CategoryOutcome:
        """Runs the session to its end."""
        began = time.monotonic()
        held = begin_session(str(self._folder))
        self._request["temporary"] = temporary.make(self._environment)
        note(str(self._folder), self._token, self._request["temporary"])
        if not self._request["preserves"]:
            self._environment[temporary.VARIABLE] = self._request["temporary"]
        try:
            self._start()
            self._grants.join(
                self._name, self._request["priority"], lambda got: self._send({"kind": "granted", "grants": got})
            )
            self._follow(began + self._limit)
            status = self._finish()
        finally:
            self._kill()
            self._grants.leave(self._name)
            self._slots.leave(self._name)
            temporary.remove(self._request["temporary"], self._tally.folders())
        outcome = self._sum_up(status, time.monotonic() - began)
        end_session(str(self._folder), held)
        return outcome

    def _start(self) -> None:
        ours, theirs = socket.socketpair()
        life_read, life_write = os.pipe()
        self._socket, self._life = ours, life_write
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                # -P: plain `pytest` does not put the working directory in front of sys.path.
                [sys.executable, "-P", "-m", "lamina.workers", str(theirs.fileno()), str(life_read)],
                cwd=self._request["root"],
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(theirs.fileno(), life_read, self._request["ledger"]),
                start_new_session=True,
            )
        theirs.close()
        os.close(life_read)
        self._send(self._request)
        ours.settimeout(_POLL_SECONDS)

    def _send(self, message: Message | Request) -> None:
        with self._sending, suppress(OSError):
            if self._socket is not None:
                self._socket.settimeout(None)
                self._socket.sendall(encode(message))
                self._socket.settimeout(_POLL_SECONDS)

    # -- while it runs -----------------------------------------------------------------------------------------------

    def _follow(self, deadline: float) -> None:
        assert self._socket is not None
        while self._end is None:
            try:
                data = self._socket.recv(1 << 18)
            except TimeoutError:
                data = None
            except OSError:
                return
            if data == b"":
                return
            for message in self._lines.feed(data) if data else ():
                self._handle(message)
            self._look_around()
            now = time.monotonic()
            if self._interrupted and not self._stopped:
                self._stop("interrupted", "not_run", now + _STOP_SECONDS)
            elif self._given_up and not self._stopped:
                self._stop(self._given_up, "not_run", now + _STOP_SECONDS)
            elif now > deadline and not self._stopped:
                self._stop(self._limit_text, "timeout", now + _TIMEOUT_STOP_SECONDS)
            if now > self._kill_at:
                return

    def _look_around(self) -> None:
        """Tells the session when others begin to wait for a slot, and when they don't any more."""
        crowded = self._slots.is_crowded(self._name)
        if crowded != self._crowded:
            self._crowded = crowded
            self._send({"kind": "crowded", "crowded": crowded})
        held = self._slots.held(self._name)
        if held != self._held:
            self._held = held
            self._grants.holds_slots(self._name, held)

    def _handle(self, message: Message) -> None:
        kind = message["kind"]
        if kind == "tests":
            for row in message["rows"]:
                before = self._tally.outcome_of(row["id"])
                self._emit(TestFinished(self._tally.test(row), before))
        elif kind == "running":
            self._emit(Running(self._name, [(name, test, seconds) for name, test, seconds in message["workers"]]))
        elif kind == "collected":
            self._tally.collected = message["tests"]
            self.served = message["served"]
            self._tally.collect_seconds = message["seconds"]
            self._tally.collect_errors = message["errors"]
            self._emit(Collected(self._name, message["tests"]))
        elif kind == "want":
            self._slots.want(self._name, message["number"], lambda slot: self._send({"kind": "grant", "slot": slot}))
        elif kind == "free":
            self._slots.give_back(self._name, message["slot"])
        elif kind == "ask":
            self._grants.ask(self._name, message["requests"])
        elif kind == "elsewhere":
            self._send(answer(self._told(self._name), message["names"]))
        elif kind == "release":
            self._grants.give_back(self._name, message["tickets"])
        elif kind == "span":
            self._tally.span(message)
        elif kind == "note":
            self._emit(Note(message["text"]))
        elif kind == "gave_up":
            self._ended_early = message["reason"]
        elif kind == "hello":
            self._session_pid = message["number"]
        elif kind == "end":
            self._end = message

    def _stop(self, reason: str, verdict: str, kill_at: float) -> None:
        self._stopped = reason
        self._kill_at = kill_at
        if self._tally.collect_seconds:
            self._send({"kind": "stop", "reason": reason, "outcome": verdict})
            return
        # It is still importing or collecting, and hears nothing: see where it hangs, and end it.
        if verdict == "timeout" and self._session_pid:
            self._stacks = stacks.ask(self._session_pid, self._folder / "session.stacks")
        self._kill_at = 0.0

    _stacks = ""

    # -- the end -----------------------------------------------------------------------------------------------------

    def _finish(self) -> int:
        """Waits for the process; returns its exit status (negative: the signal it died of)."""
        assert self._process is not None
        if self._kill_at < float("inf") and self._end is None:
            self._kill()
        try:
            return self._process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            self._kill()
            return self._process.wait()

    def _kill(self) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            if self._session_pid:
                kill_group(self._session_pid, signal.SIGKILL)
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.5)
            if process.poll() is None:
                kill_group(process.pid, signal.SIGKILL)
                process.wait()
        sweep(self._token)
        for descriptor in (self._life,):
            with suppress(OSError):
                os.close(descriptor)
        self._life = -1
        if self._socket is not None:
            self._socket.close()

    _life = -1

    def _why_early(self) -> str:
        """Why it was told to let nothing further begin, if that made a difference."""
        made_one = not self._tally.tests or any(test.outcome == "not_run" for test in self._tally.tests.values())
        return self._ended_early if made_one else ""

    def _sum_up(self, status: int, duration: float) -> CategoryOutcome:
        end, stopped = self._end, self._stopped or self._why_early()
        if end is not None:
            status = end["exit_status"]
            problem = end["problem"] or usage_problem(status, tail(self._log))
            if problem:
                self._tally.not_heard_of(collected.read(self._folder), problem)
            wrong = end["wrong_input"]
            summary = end["summary"] or (tail(self._log) if status in NOT_STARTED and not wrong else "")
            outcome = self._tally.outcome(status, problem, summary, duration, self._request["run_id"], stopped)
            outcome.wrong_input, outcome.is_provisional = wrong, end["provisional"]
            return outcome
        if self._stopped and self._stopped in ("interrupted", self._given_up):
            problem, stopped = "", self._stopped
        elif self._stopped:
            problem, stopped = f"collection did not end: {self._stopped}", ""
        else:
            when = "while tests ran" if self._tally.collect_seconds else "while it imported and collected tests"
            problem, stopped = f"the session process {how_it_ended(status)} {when}", ""
        self._tally.not_heard_of(collected.read(self._folder), stopped or problem)
        text = "\n".join(part for part in (tail(self._log), self._stacks) if part)
        return self._tally.outcome(status, problem, text, duration, self._request["run_id"], stopped)

"""The session's loop while workers run: starts them in granted slots, takes their results, replaces those that die.

It decides who runs when only through the board and the slots that the engine grants. All waiting happens in one
selector; nothing here runs in threads, since a thread would make the next fork unsafe.
"""

from __future__ import annotations

import selectors
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from lamina.workers.board import Board
from lamina.workers.channel import Channel
from lamina.workers.expecting import expected_growths, heavy_ones
from lamina.workers.gate import Gate
from lamina.workers.hand import Hand
from lamina.workers.holding import Holding
from lamina.workers.protocol import Request, ResultRow
from lamina.workers.results import Results
from lamina.workers.staffing import Staffing
from lamina.workers.starting import Crew
from lamina.workers.units import arrange
from lamina.workers.unrun import send_not_run
from lamina.workers.watch import Watch
from lamina.workers.wishes import Wishes

if TYPE_CHECKING:
    from lamina.workers.keeping import Keeper

__all__ = ["Controller", "refuse"]

# Results are taken in batches, this many seconds apart: waking up for each would cost the workers a tenth of their time on
# two cores, and nobody sees the difference.
_BATCH_SECONDS = 0.015
_RUNNING_SECONDS = 0.25
_FIRST_GRANTS_SECONDS = 0.2


class Controller:
    """Runs the collected items of one session."""

    def __init__(
        self,
        session: pytest.Session,
        request: Request,
        channel: Channel,
        wishes: Wishes,
        cache: Callable[[], Keeper | None],
    ) -> None:
        self._session = session
        self._request = request
        self._channel = channel
        most = max(1, min(request["max_workers"], request["slots"]))
        needs = {index: tuple(sorted(units.items())) for index, units in wishes.needs.items()}
        self._order = arrange(
            session.items, request["durations"], most, needs, wishes.after, heavy_ones(request["memory"])
        )
        self._results = Results(session, request, channel, self._order.positions, cache)
        self._holding = Holding(session, self._order, wishes, request, channel, self._results.skip, self._fail)
        self._board = Board.create(self._holding.open, len(self._order.positions), most, request["stop_after"])
        growths = expected_growths(session.items, request, self._order.positions)
        self._watch = Watch(session, request, self._board, self._order.positions)
        self._crew = Crew(session, request, self._board, self._order.positions, growths)
        self._gate = Gate(session, request, self._board, self._order.positions, self._note)
        self._found_again: set[int] = set()
        self._failure = ""
        self._stopping = ""
        self._was_cut_off = False
        self._selector = selectors.DefaultSelector()
        self._staff = Staffing(
            request["category"], channel, self._crew, self._gate, self._board, self._selector,
            min(most, len(self._order.positions)), request["slot"], self._may_go_on, self._note, self._give_up,
        )  # fmt: skip
        self._said_running = 0.0

    def run(self) -> None:
        """Runs everything; raises pytest's own exceptions when the session has to end early."""
        self._selector.register(self._channel, selectors.EVENT_READ)
        if self._crew.spawns:
            names = ", ".join(sorted(thread.name for thread in threading.enumerate()[1:]))
            self._note(f"{self._request['category']}: workers are started afresh, since threads are alive ({names})")
            if self._request["strict"]:
                self._note(f"{self._request['category']}: strict isolation needs to fork, and is off for that reason")
        self._holding.begin(self._board)
        if self._channel.has_received:
            self._listen()
        if self._holding.waits and not self._board.open_units():
            # What is free is granted in a moment, and the first slot would be given back meanwhile.
            self._hear(_FIRST_GRANTS_SECONDS)
        self._staff.ask_for_more()
        self._staff.fill()
        while self._crew.hands or (self._may_go_on() and (self._staff.work_left() or self._holding.waits)):
            for key, _ in self._selector.select(self._watch.seconds_to_next()):
                if key.data is None:
                    self._listen()
                else:
                    self._take(key.data)
            self._watch_over()
            self._results.flush()
            if self._crew.hands and not self._stopping and not self._holding.has_freed:
                time.sleep(_BATCH_SECONDS)
            self._holding.has_freed = False
        self._finish()

    # -- what the engine says ----------------------------------------------------------------------------------------

    def _hear(self, seconds: float) -> None:
        if self._selector.select(seconds):
            self._listen()

    def _listen(self) -> None:
        for message in self._channel.receive():
            if message["kind"] == "grant":
                self._staff.granted(message["slot"])
            elif message["kind"] == "granted":
                self._holding.granted(message["grants"])
                self._staff.ask_for_more()
            elif message["kind"] == "crowded":
                self._board.crowd(message["crowded"])
            elif message["kind"] == "stop":
                self._stop(message["reason"], message["outcome"])

    def _may_go_on(self) -> bool:
        return not (self._stopping or self._session.shouldfail or self._session.shouldstop)

    # -- results -----------------------------------------------------------------------------------------------------

    def _take(self, hand: Hand) -> None:
        frames, ended = hand.read()
        for frame in frames:
            row = self._results.take(frame, hand.name)
            if row is not None:
                self._heard(row)
            if row is not None and frame.position >= 0:
                self._holding.annotate(frame.position, row)
                self._holding.done(frame.position, row["outcome"])
            if frame.exit:
                self._stop(frame.exit, "not_run")
        if self._session.shouldfail or self._session.shouldstop:
            self._board.stop()
        if ended:
            self._bury(hand)

    def _heard(self, row: ResultRow) -> None:
        """A result may be the one that ends the session or has it pause."""
        was_open = self._gate.is_open
        self._gate.heard(row)
        if self._gate.gave_up:
            self._channel.send({"kind": "gave_up", "reason": self._gate.gave_up})
            self._stop(self._gate.gave_up, "")
        elif self._gate.is_open and not was_open:
            self._staff.ask_for_more()

    def _fail(self, position: int, reason: str, seconds: float) -> None:
        """A test is not going to run, and counts as failed; it waited so many seconds in vain."""
        self._heard(self._results.give_up(position, reason, seconds))
        self._board.count_failure()

    def _bury(self, hand: Hand) -> None:
        """A worker has ended, well or not: its running test becomes a result, its slot is used again or given back."""
        self._selector.unregister(hand.pipe)
        end = self._crew.reap(hand)
        place = self._board.place(hand.row)
        lost = place.current if place.current >= 0 and not self._results.is_done(place.current) else -1
        if lost >= 0 and hand.verdict == "timeout" and lost != hand.accused:
            # The test that was over its limit ended just before; what the signal hit is the one after it.
            self._board.queue_again(lost, self._holding.holds(lost))
            lost = -1
        if lost >= 0 and hand.verdict != "not_run":
            row = self._results.lost(lost, hand, end)
            self._holding.annotate(lost, row)
            self._heard(row)
            self._board.count_failure()
            self._holding.done(lost, row["outcome"])
        self._holding.before_again(place.next, place.end)
        self._board.give_back(hand.row, self._holding.holds(place.next))
        if end != "done" and hand.verdict != "not_run":
            where = self._results.item(lost).nodeid if lost >= 0 else "between tests"
            self._note(f"worker {hand.name} ended with {hand.verdict or end} ({where}) and is replaced")
        self._channel.send(
            {"kind": "span", "worker": hand.name, "begin": hand.began, "until": time.time(), "end": hand.verdict or end}
        )
        self._staff.judge(hand, end, lost >= 0)
        self._staff.dismiss(hand)
        if not self._crew.hands:
            self._find_again()
        self._staff.fill()

    def _find_again(self) -> None:
        """A worker that is killed while it takes tests takes them with it: they are queued again, once."""
        if not self._may_go_on() or self._staff.work_left():
            return
        for position in self._results.left:
            if position not in self._found_again and not self._holding.is_waiting(position):
                self._found_again.add(position)
                self._board.queue_again(position, self._holding.holds(position))

    # -- watching ----------------------------------------------------------------------------------------------------

    def _watch_over(self) -> None:
        for hand in self._watch.overdue(self._crew.hands):
            self._crew.end(hand, "timeout", self._watch.limit_text(hand))
        self._crew.kill_overdue()
        self._holding.give_up()
        if self._board.failed_too_often and not self._stopping:
            self._stop(self._request["stop_reason"], self._request["stop_outcome"])
        self._staff.fill_if_due()
        now = time.monotonic()
        if now - self._said_running >= _RUNNING_SECONDS:
            self._said_running = now
            self._channel.send({"kind": "running", "workers": self._watch.running(self._crew.hands)})

    def _give_up(self, reason: str) -> None:
        """No worker can be had that runs tests."""
        if not self._stopping:
            self._failure = reason
            self._stop(reason, "not_run")

    def _stop(self, reason: str, verdict: str) -> None:
        """Ends all workers; what runs gets `verdict` ("not_run" or "timeout"; "": it comes to its end), what is left is
        not run."""
        self._stopping = self._stopping or reason
        self._board.stop()
        for hand in list(self._crew.hands) if verdict else ():
            self._was_cut_off = True
            self._crew.end(hand, verdict, reason)

    # -- the end -----------------------------------------------------------------------------------------------------

    def _note(self, text: str) -> None:
        self._channel.send({"kind": "note", "text": text})

    def _finish(self) -> None:
        self._results.flush()
        for text in self._results.notes():
            self._note(text)
        self._crew.close()
        self._selector.close()
        session = self._session
        left = [self._results.item(position) for position in self._results.left]
        stopping = self._stopping if left or self._was_cut_off else ""
        reason = stopping or session.shouldfail or session.shouldstop
        if left:
            send_not_run(self._channel, left, str(reason or "its worker ended before"))
        self._board.close()
        if self._failure:
            raise pytest.UsageError(self._failure)
        if session.shouldfail:
            raise session.Failed(session.shouldfail)
        if reason:
            raise session.Interrupted(reason)


def refuse(session: pytest.Session, channel: Channel, reason: str) -> None:
    """Reports all collected tests as not run."""
    send_not_run(channel, session.items, reason)

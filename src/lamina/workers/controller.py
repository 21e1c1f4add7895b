"""The session's loop while workers run: starts them in granted slots, takes their results, replaces those that die.

It decides who runs when only through the board and the slots that the engine grants. All waiting happens in one
selector; nothing here runs in threads, since a thread would make the next fork unsafe.
"""

from __future__ import annotations

import selectors
import threading
import time
from typing import TYPE_CHECKING

import pytest

from lamina.workers.board import Board
from lamina.workers.channel import Channel
from lamina.workers.expecting import expected_growths, heavy_ones
from lamina.workers.frames import Frame
from lamina.workers.gate import Gate
from lamina.workers.hand import Hand
from lamina.workers.holding import Holding
from lamina.workers.ledger import GROWN, RETIRED
from lamina.workers.leftovers import Leftovers
from lamina.workers.protocol import Request, ResultRow
from lamina.workers.reemit import Reemitter
from lamina.workers.shortage import Shortage
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
# So many workers in a row that ended before they had run a test end the session: the next ones would do no better.
_FRUITLESS = 3


class Controller:
    """Runs the collected items of one session."""

    def __init__(
        self, session: pytest.Session, request: Request, channel: Channel, wishes: Wishes, keeper: Keeper | None = None
    ) -> None:
        self._session = session
        self._request = request
        self._channel = channel
        most = max(1, min(request["max_workers"], request["slots"]))
        needs = {index: tuple(sorted(units.items())) for index, units in wishes.needs.items()}
        self._order = arrange(
            session.items, request["durations"], most, needs, wishes.after, heavy_ones(request["memory"])
        )
        self._holding = Holding(session, self._order, wishes, request, channel, self._skip, self._fail)
        self._board = Board.create(self._holding.open, len(self._order.positions), most, request["stop_after"])
        growths = expected_growths(session.items, request, self._order.positions)
        self._emitter = Reemitter(session)
        self._watch = Watch(session, request, self._board, self._order.positions)
        self._crew = Crew(session, request, self._board, self._order.positions, growths)
        self._gate = Gate(session, request, self._board, self._order.positions, self._note)
        self._most = min(most, len(self._order.positions))
        self._free_slots = [request["slot"]]
        self._done: set[int] = set()
        self._found_again: set[int] = set()
        self._fruitless = 0
        self._shortage = Shortage()
        self._failure = ""
        self._cache = keeper
        self._rows: list[ResultRow] = []
        self._stopping = ""
        self._leftovers = Leftovers(request)
        self._was_cut_off = False
        self._selector = selectors.DefaultSelector()
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
        self._ask_for_more()
        self._fill_slots()
        while self._crew.hands or (self._may_go_on() and (self._work_left() or self._holding.waits)):
            for key, _ in self._selector.select(self._watch.seconds_to_next()):
                if key.data is None:
                    self._listen()
                else:
                    self._take(key.data)
            self._watch_over()
            self._flush()
            if self._crew.hands and not self._stopping and not self._holding.has_freed:
                time.sleep(_BATCH_SECONDS)
            self._holding.has_freed = False
        self._finish()

    # -- slots -------------------------------------------------------------------------------------------------------

    def _ask_for_more(self) -> None:
        there = len(self._crew.hands) + len(self._free_slots)
        further = min(self._most, len(self._crew.hands) + self._board.open_units()) - there
        if further > 0:
            self._channel.send({"kind": "want", "number": further})

    def _hear(self, seconds: float) -> None:
        if self._selector.select(seconds):
            self._listen()

    def _listen(self) -> None:
        for message in self._channel.receive():
            if message["kind"] == "grant":
                self._free_slots.append(message["slot"])
                self._fill_slots()
            elif message["kind"] == "granted":
                self._holding.granted(message["grants"])
                self._ask_for_more()
            elif message["kind"] == "crowded":
                self._board.crowd(message["crowded"])
            elif message["kind"] == "stop":
                self._stop(message["reason"], message["outcome"])

    def _fill_slots(self) -> None:
        """Starts a worker in each free slot while there is something to claim; gives the other slots back."""
        start = self._fruitless < _FRUITLESS or not self._crew.hands
        work_left = not self._stopping and self._work_left()
        while start and work_left and self._free_slots and self._gate.may_start(len(self._crew.hands)):
            hand = self._begin_worker()
            if hand is None:
                break
            self._selector.register(hand.pipe, selectors.EVENT_READ, hand)
            work_left = self._work_left()
        # While nothing may run or can be started, a session without workers keeps a slot for the test that is tried next.
        waits = not self._gate.is_open or self._shortage.lasts
        kept = int(work_left and waits and not self._crew.hands)
        for slot in self._free_slots[kept:]:
            self._channel.send({"kind": "free", "slot": slot})
        del self._free_slots[kept:]

    def _begin_worker(self) -> Hand | None:
        """A worker in a free slot; None when the machine has no process for it just now."""
        if not self._shortage.may_try():
            return None
        try:
            hand = self._crew.start(self._free_slots[-1])
        except OSError as error:
            self._short_of_processes(error)
            return None
        self._free_slots.pop()
        self._shortage.is_over()
        return hand

    def _short_of_processes(self, error: OSError) -> None:
        text = f"{self._request['category']}: no worker can be started ({error.strerror})"
        if self._shortage.begins():
            ended = self._crew.make_room()
            self._note(f"{text}; ended what tests had left running: {ended} processes" if ended else text)
        if self._shortage.is_hopeless and not (self._crew.hands or self._stopping):
            self._failure = text
            self._stop(text, "not_run")

    def _work_left(self) -> bool:
        # With `-x` the board is stopped while tests that run come to their end; what it still holds is not to be run.
        return self._may_go_on() and self._board.open_units() > 0

    def _may_go_on(self) -> bool:
        return not (self._stopping or self._session.shouldfail or self._session.shouldstop)

    # -- results -----------------------------------------------------------------------------------------------------

    def _take(self, hand: Hand) -> None:
        frames, ended = hand.read()
        for frame in frames:
            row = self._emitter.frame(frame, self._order.positions, hand.name)
            if frame.position >= 0 and not (frame.exit and not frame.reports):
                self._done.add(frame.position)
            if row is not None:
                self._add(row)
                self._leftovers.add(row, frame.folder)
                self._keep(frame, row)
            if row is not None and frame.position >= 0:
                self._holding.annotate(frame.position, row)
                self._holding.done(frame.position, row["outcome"])
            if frame.exit:
                self._stop(frame.exit, "not_run")
        if self._session.shouldfail or self._session.shouldstop:
            self._board.stop()
        if ended:
            self._bury(hand)

    def _add(self, row: ResultRow) -> None:
        """A result for the engine, which may be the one that ends the session or has it pause."""
        self._rows.append(row)
        was_open = self._gate.is_open
        self._gate.heard(row)
        if self._gate.gave_up:
            self._channel.send({"kind": "gave_up", "reason": self._gate.gave_up})
            self._stop(self._gate.gave_up, "")
        elif self._gate.is_open and not was_open:
            self._ask_for_more()

    def _keep(self, frame: Frame, row: ResultRow) -> None:
        """Keeps the result for later runs; a fixture that failed when it was torn down takes its test's result back."""
        if self._cache is None:
            return
        if frame.position < 0:
            self._cache.drop([row["id"]])
        elif frame.trace is not None:
            item = self._session.items[self._order.positions[frame.position]]
            self._cache.result(item, row, frame.trace, clean=len(frame.reports) <= 3)

    def _skip(self, position: int, reason: str) -> None:
        """A test is not going to run, and counts as skipped."""
        self._done.add(position)
        self._rows.append(self._emitter.skipped(self._session.items[self._order.positions[position]], reason))

    def _fail(self, position: int, reason: str, seconds: float) -> None:
        """A test is not going to run, and counts as failed; it waited so many seconds in vain."""
        self._done.add(position)
        row = self._emitter.given_up(self._session.items[self._order.positions[position]], reason)
        row["waited"] = seconds
        self._add(row)
        self._board.count_failure()

    def _bury(self, hand: Hand) -> None:
        """A worker has ended, well or not: its running test becomes a result, its slot is used again or given back."""
        self._selector.unregister(hand.pipe)
        end = self._crew.reap(hand)
        place = self._board.place(hand.row)
        lost = place.current if place.current >= 0 and place.current not in self._done else -1
        if lost >= 0 and hand.verdict == "timeout" and lost != hand.accused:
            # The test that was over its limit ended just before; what the signal hit is the one after it.
            self._board.queue_again(lost, self._holding.holds(lost))
            lost = -1
        if lost >= 0 and hand.verdict != "not_run":
            item = self._session.items[self._order.positions[lost]]
            row = self._emitter.lost(item, hand, end)
            self._holding.annotate(lost, row)
            self._leftovers.add(row)
            self._add(row)
            self._done.add(lost)
            self._board.count_failure()
            self._holding.done(lost, row["outcome"])
        self._holding.before_again(place.next, place.end)
        self._board.give_back(hand.row, self._holding.holds(place.next))
        if end != "done" and hand.verdict != "not_run":
            where = self._session.items[self._order.positions[lost]].nodeid if lost >= 0 else "between tests"
            self._note(f"worker {hand.name} ended with {hand.verdict or end} ({where}) and is replaced")
        self._channel.send(
            {"kind": "span", "worker": hand.name, "begin": hand.began, "until": time.time(), "end": hand.verdict or end}
        )
        self._judge(hand, end, lost)
        self._dismiss(hand)
        if not self._crew.hands:
            self._find_again()
        self._fill_slots()

    def _dismiss(self, hand: Hand) -> None:
        """What becomes of a dead worker's slot: another one gets it, unless it was retired for want of memory."""
        held, name = hand.held >> 20, f"{self._request['category']}: worker {hand.name}"
        if hand.farewell == GROWN:
            self._note(f"{name} held {held} MB between tests and is replaced by a fresh one")
        if hand.farewell != RETIRED:
            self._free_slots.append(hand.slot)
            return
        self._note(f"{name} is retired, which frees {held} MB")
        self._channel.send({"kind": "free", "slot": hand.slot})
        if self._work_left() and not self._stopping:
            self._ask_for_more()

    def _judge(self, hand: Hand, end: str, lost: int) -> None:
        """Ends the session when one worker after the other ends before it has run a test, and none is left that does."""
        is_fruitless = end != "done" and not hand.verdict and not hand.has_spoken and lost < 0
        self._fruitless = self._fruitless + 1 if is_fruitless else 0
        if self._fruitless >= _FRUITLESS and not (self._stopping or self._crew.hands):
            last_words = hand.evidence.splitlines()[-1] if hand.evidence else end
            self._failure = f"workers end before they run a test: {last_words}"
            self._stop(self._failure, "not_run")

    def _find_again(self) -> None:
        """A worker that is killed while it takes tests takes them with it: they are queued again, once."""
        if not self._may_go_on() or self._work_left():
            return
        for position, _ in self._left():
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
        if not (self._gate.is_open or self._crew.hands) or self._shortage.may_try_again():
            self._fill_slots()
        if self._cache is not None:
            self._cache.write_if_due()
        now = time.monotonic()
        if now - self._said_running >= _RUNNING_SECONDS:
            self._said_running = now
            self._channel.send({"kind": "running", "workers": self._watch.running(self._crew.hands)})

    def _stop(self, reason: str, verdict: str) -> None:
        """Ends all workers; what runs gets `verdict` ("not_run" or "timeout"; "": it comes to its end), what is left is
        not run."""
        self._stopping = self._stopping or reason
        self._board.stop()
        for hand in list(self._crew.hands) if verdict else ():
            self._was_cut_off = True
            self._crew.end(hand, verdict, reason)

    # -- the end -----------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        if self._rows:
            self._channel.send({"kind": "tests", "rows": self._rows})
            self._rows = []

    def _note(self, text: str) -> None:
        self._channel.send({"kind": "note", "text": text})

    def _finish(self) -> None:
        self._flush()
        for text in self._leftovers.notes():
            self._note(text)
        self._crew.close()
        self._selector.close()
        session = self._session
        left = [item for position, item in self._left()]
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

    def _left(self) -> list[tuple[int, pytest.Item]]:
        items, positions = self._session.items, self._order.positions
        return [(place, items[index]) for place, index in enumerate(positions) if place not in self._done]


def refuse(session: pytest.Session, channel: Channel, reason: str) -> None:
    """Reports all collected tests as not run."""
    send_not_run(channel, session.items, reason)

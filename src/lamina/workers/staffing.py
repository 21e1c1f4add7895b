"""Workers for the slots that a session is granted: started while there is something to claim, and slots given back when not."""

from __future__ import annotations

import selectors
from collections.abc import Callable

from lamina.workers.board import Board
from lamina.workers.channel import Channel
from lamina.workers.gate import Gate
from lamina.workers.hand import Hand
from lamina.workers.ledger import GROWN, RETIRED
from lamina.workers.shortage import Shortage
from lamina.workers.starting import Crew

__all__ = ["Staffing"]

# So many workers in a row that ended before they had run a test end the session: the next ones would do no better.
_FRUITLESS = 3


class Staffing:
    """`most` is how many workers there may be, `slot` the one that the session holds. `may_go_on` tells whether tests are still
    to be started, `note` gets what the user should know, a line each, and `give_up` why no worker can be had."""

    def __init__(
        self, category: str, channel: Channel, crew: Crew, gate: Gate, board: Board, selector: selectors.BaseSelector,
        most: int, slot: int, may_go_on: Callable[[], bool], note: Callable[[str], None], give_up: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._category = category
        self._channel = channel
        self._crew = crew
        self._gate = gate
        self._board = board
        self._selector = selector
        self._most = most
        self._free_slots = [slot]
        self._may_go_on = may_go_on
        self._note = note
        self._give_up = give_up
        self._fruitless = 0
        self._shortage = Shortage()

    def work_left(self) -> bool:
        """Whether there is something to claim. With `-x` the board is stopped while tests that run come to their end; what it
        still holds is not to be run."""
        return self._may_go_on() and self._board.open_units() > 0

    def ask_for_more(self) -> None:
        """Wants as many slots as there is work for."""
        there = len(self._crew.hands) + len(self._free_slots)
        further = min(self._most, len(self._crew.hands) + self._board.open_units()) - there
        if further > 0:
            self._channel.send({"kind": "want", "number": further})

    def granted(self, slot: int) -> None:
        """The engine grants a slot."""
        self._free_slots.append(slot)
        self.fill()

    def fill(self) -> None:
        """Starts a worker in each free slot while there is something to claim; gives the other slots back."""
        start = self._fruitless < _FRUITLESS or not self._crew.hands
        work_left = self.work_left()
        while start and work_left and self._free_slots and self._gate.may_start(len(self._crew.hands)):
            hand = self._begin_worker()
            if hand is None:
                break
            self._selector.register(hand.pipe, selectors.EVENT_READ, hand)
            work_left = self.work_left()
        # While nothing may run or can be started, a session without workers keeps a slot for the test that is tried next.
        waits = not self._gate.is_open or self._shortage.lasts
        kept = int(work_left and waits and not self._crew.hands)
        for slot in self._free_slots[kept:]:
            self._channel.send({"kind": "free", "slot": slot})
        del self._free_slots[kept:]

    def fill_if_due(self) -> None:
        """Tries again where a gate or a shortage kept workers from being started."""
        if not (self._gate.is_open or self._crew.hands) or self._shortage.may_try_again():
            self.fill()

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
        text = f"{self._category}: no worker can be started ({error.strerror})"
        if self._shortage.begins():
            ended = self._crew.make_room()
            self._note(f"{text}; ended what tests had left running: {ended} processes" if ended else text)
        if self._shortage.is_hopeless and not self._crew.hands:
            self._give_up(text)

    def dismiss(self, hand: Hand) -> None:
        """What becomes of a dead worker's slot: another one gets it, unless it was retired for want of memory."""
        held, name = hand.held >> 20, f"{self._category}: worker {hand.name}"
        if hand.farewell == GROWN:
            self._note(f"{name} held {held} MB between tests and is replaced by a fresh one")
        if hand.farewell != RETIRED:
            self._free_slots.append(hand.slot)
            return
        self._note(f"{name} is retired, which frees {held} MB")
        self._channel.send({"kind": "free", "slot": hand.slot})
        if self.work_left():
            self.ask_for_more()

    def judge(self, hand: Hand, end: str, has_lost: bool) -> None:
        """Gives up when one worker after the other ends before it has run a test, and none is left that does."""
        is_fruitless = end != "done" and not hand.verdict and not hand.has_spoken and not has_lost
        self._fruitless = self._fruitless + 1 if is_fruitless else 0
        if self._fruitless >= _FRUITLESS and not self._crew.hands:
            last_words = hand.evidence.splitlines()[-1] if hand.evidence else end
            self._give_up(f"workers end before they run a test: {last_words}")

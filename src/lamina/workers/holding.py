"""Tests that can't simply be claimed: those that hold resources, and those that wait for other tests.

They are kept off the board until they can start at once. A unit of them goes through three states: it waits for tests to end;
then it asks the engine for what it needs; granted, it is queued on the board in front of all others. What is granted is held
by units that workers can take, and by nobody who waits for a test: so nothing ever waits in a circle. It is given back when
the last test of the unit has been torn down, or lost with its worker.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import NamedTuple

import pytest

from lamina.resources.arbiter import ALL
from lamina.workers.board import Board, Unit
from lamina.workers.channel import Channel
from lamina.workers.depending import GOOD, why_skipped
from lamina.workers.granted import Granted, keep_grant
from lamina.workers.protocol import Request, ResultRow
from lamina.workers.units import Order
from lamina.workers.wishes import Wishes

__all__ = ["Holding"]


class _Held:
    """A unit that is not free to be claimed. `missing` are the positions that it waits for, `left` those of its own that have
    no result yet; `asked` is when it asked for its needs (0: not yet)."""

    __slots__ = ("asked", "left", "missing", "needs", "queued", "unit", "units", "waited")

    def __init__(self, unit: Unit, needs: dict[str, int], missing: set[int]) -> None:
        self.unit = unit
        self.needs = needs
        self.missing = missing
        self.left = set(range(unit.begin, unit.end))
        self.asked = 0.0
        self.waited = 0.0
        self.queued = False
        self.units: dict[str, list[int]] = {}


class _Places(NamedTuple):
    """The wishes by position instead of by item."""

    needs: dict[int, dict[str, int]]
    after: dict[int, set[int]]
    hopeless: dict[int, str]


class Holding:
    """`skip` is called with the position of a test that is not going to run, and why; `fail` likewise, where that is a failure."""

    def __init__(
        self, session: pytest.Session, order: Order, wishes: Wishes, request: Request, channel: Channel,
        skip: Callable[[int, str], None], fail: Callable[[int, str, float], None],
    ) -> None:  # fmt: skip
        self._items = session.items
        self._positions = order.positions
        self._request = request
        self._channel = channel
        self._skip = skip
        self._fail = fail
        self._is_limited = any(resource["wait_seconds"] for resource in request["resources"].values())
        self._places = _by_position(wishes, order.positions)
        self._dependents: dict[int, list[int]] = {}
        for position, others in self._places.after.items():
            for other in others:
                self._dependents.setdefault(other, []).append(position)
        self._held: dict[int, _Held] = {}
        self.open: list[Unit] = []
        for unit in order.units:
            self._sort_in(unit)
        self._outcomes: dict[int, str] = {}
        self._waiting = len({id(held) for held in self._held.values()})
        self.has_freed = False
        if self._held:
            session.config.pluginmanager.register(self._granted(), "lamina-granted")

    def _sort_in(self, unit: Unit) -> None:
        own = range(unit.begin, unit.end)
        needs: dict[str, int] = {}
        for position in own:
            for name, number in self._places.needs.get(position, {}).items():
                needs[name] = max(number, needs.get(name, 0))
        missing = set().union(*(self._places.after.get(position, ()) for position in own)) - set(own)
        waits = any(position in self._places.after or position in self._places.hopeless for position in own)
        if not (needs or waits):
            self.open.append(unit)
            return
        held = _Held(unit, needs, missing)
        self._held.update(dict.fromkeys(own, held))

    def _granted(self) -> Granted:
        tickets = {position: held.unit.begin for position, held in self._held.items() if held.needs}
        inside = {
            position: {
                other: self._name(other) for other in sorted(others) if self._held.get(other) is self._held[position]
            }
            for position, others in self._places.after.items()
        }
        awaited = [other for others in self._places.after.values() if len(others) == 1 for other in others]
        return Granted(
            self._request, tickets, {position: others for position, others in inside.items() if others}, awaited
        )

    def _name(self, position: int) -> str:
        return self._items[self._positions[position]].nodeid

    # -- what happens ------------------------------------------------------------------------------------------------

    @property
    def waits(self) -> bool:
        """Whether any unit is still to be queued."""
        return self._waiting > 0

    def is_waiting(self, position: int) -> bool:
        """Whether the test at `position` is in a unit that is still to be queued."""
        return position in self._held and not self._held[position].queued

    def holds(self, position: int) -> bool:
        """Whether the test at `position` belongs to a unit that was kept off the board."""
        return position in self._held

    def begin(self, board: Board) -> None:
        """Asks for all that does not wait for tests."""
        self._board = board
        for position, reason in self._places.hopeless.items():
            self._cross_out(position, reason)
        self._move_on([held for held in dict.fromkeys(self._held.values()) if not held.missing])

    def done(self, position: int, outcome: str) -> None:
        """A test has its result, and is torn down."""
        if position in self._outcomes:
            return
        held = self._held.get(position)
        if held is None and position not in self._dependents and position not in self._places.hopeless:
            return  # nobody asks about it
        self._outcomes[position] = outcome
        if held is not None:
            held.left.discard(position)
            if not held.left and held.queued and held.needs:
                self.has_freed = True
                self._channel.send({"kind": "release", "tickets": [held.unit.begin]})
        ready = []
        for dependent in self._dependents.get(position, ()):
            waiting = self._held[dependent]
            # In a unit that a worker has, the worker itself skips it.
            if outcome not in GOOD and not (waiting is held and held.queued):
                self._cross_out(dependent, why_skipped(self._name(position), outcome))
            waiting.missing.discard(position)
            if not waiting.missing and not waiting.queued and not waiting.asked:
                ready.append(waiting)
        self._move_on(ready)

    def granted(self, grants: list[tuple[int, dict[str, list[int]]]]) -> None:
        """The engine grants what units asked for."""
        for ticket, units in grants:
            held = self._held[ticket]
            if held.queued:
                continue  # it has given up meanwhile, and said so
            held.units = units
            held.waited = time.monotonic() - held.asked
            keep_grant(self._request["folder"], ticket, units)
            self._queue(held)
        self._board.expect(self._waiting)

    def give_up(self) -> None:
        """Ends the wait of units that have waited as long as they may; their tests fail."""
        if not self._is_limited or not self._waiting:
            return
        now = time.monotonic()
        for held in dict.fromkeys(self._held.values()):
            limits = [self._request["resources"][name]["wait_seconds"] for name in held.needs]
            limit = min((limit for limit in limits if limit), default=0.0)
            if held.asked and not held.queued and limit and now - held.asked > limit:
                held.queued = True
                self._waiting -= 1
                for position in sorted(held.left):
                    names = ", ".join(held.needs)
                    self._fail(position, f"it waited {limit:g} s for {names} (wait_seconds)", now - held.asked)
                    self.done(position, "timeout")
                self._board.expect(self._waiting)

    def before_again(self, begin: int, end: int) -> None:
        """What a dead worker had left is queued again: what depends on a test that went wrong is not in it any more."""
        for position in range(begin, end):
            for other in sorted(self._places.after.get(position, ())):
                outcome = self._outcomes.get(other)
                if outcome is not None and outcome not in GOOD:
                    self._cross_out(position, why_skipped(self._name(other), outcome))
                    break

    def annotate(self, position: int, row: ResultRow) -> None:
        """Adds to a test's result what it held, and how long it waited for that."""
        held = self._held.get(position)
        if held is not None and held.needs:
            row["resources"] = [self._in_words(name, number, held.units) for name, number in held.needs.items()]
            row["waited"] = held.waited

    # -- steps -------------------------------------------------------------------------------------------------------

    def _move_on(self, ready: list[_Held]) -> None:
        """Asks for what these need, which wait for no test any more; queues those that need nothing."""
        requests: list[tuple[int, dict[str, int]]] = []
        for held in ready:
            if held.needs and held.left and not held.asked:
                held.asked = time.monotonic()
                requests.append((held.unit.begin, held.needs))
            elif not held.asked and not held.queued:
                self._queue(held)
        if requests:
            self._channel.send({"kind": "ask", "requests": requests})
        self._board.expect(self._waiting)

    def _queue(self, held: _Held) -> None:
        held.queued = True
        self._waiting -= 1
        if held.left:
            self._board.queue_urgent(held.unit)
        elif held.asked:
            self._channel.send({"kind": "release", "tickets": [held.unit.begin]})

    def _cross_out(self, position: int, reason: str) -> None:
        if position not in self._outcomes:
            self._board.cross_out(position)
            self._skip(position, reason)
            self.done(position, "skipped")

    def _in_words(self, name: str, number: int, units: Mapping[str, list[int]]) -> str:
        resource = self._request["resources"][name]
        if resource["size"] == ALL:
            return name if number == ALL else f"{name} (shared)"
        values = resource["values"]
        return f"{name}[{', '.join(values[unit] if values else str(unit) for unit in units[name])}]"


def _by_position(wishes: Wishes, positions: list[int]) -> _Places:
    place = {index: position for position, index in enumerate(positions)}
    return _Places(
        {place[index]: needs for index, needs in wishes.needs.items()},
        {place[index]: {place[other] for other in others} for index, others in wishes.after.items()},
        {place[index]: reason for index, reason in wishes.hopeless.items()},
    )

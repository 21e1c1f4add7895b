"""The arbiter against a slow and simple model of the same rule, and what must hold whatever is asked."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from lamina.resources.arbiter import ALL, Arbiter, Grant

SIZES = {"lock": ALL, "other": ALL, "pool": 3, "pair": 2}


def tickets(grants: list[Grant]) -> list[object]:
    return [grant.ticket for grant in grants]


def test_an_exclusive_holder_keeps_all_others_out() -> None:
    arbiter = Arbiter(SIZES)
    assert tickets(arbiter.ask("first", {"lock": ALL})) == ["first"]
    assert arbiter.ask("second", {"lock": ALL}) == []
    assert arbiter.ask("reader", {"lock": 1}) == []
    assert tickets(arbiter.give_back("first")) == ["second"]


def test_shared_holders_go_together_but_not_past_an_exclusive_one_that_waits() -> None:
    arbiter = Arbiter(SIZES)
    assert tickets(arbiter.ask("one", {"lock": 1}) + arbiter.ask("two", {"lock": 1})) == ["one", "two"]
    assert arbiter.ask("writer", {"lock": ALL}) == []
    assert arbiter.ask("late", {"lock": 1}) == []
    assert arbiter.give_back("one") == []
    assert tickets(arbiter.give_back("two")) == ["writer"]
    assert tickets(arbiter.give_back("writer")) == ["late"]


def test_the_units_of_a_pool_are_numbered_and_used_again() -> None:
    arbiter = Arbiter(SIZES)
    assert arbiter.ask("one", {"pool": 2}) == [Grant("one", {"pool": [0, 1]})]
    assert arbiter.ask("two", {"pool": 1}) == [Grant("two", {"pool": [2]})]
    arbiter.give_back("one")
    assert arbiter.ask("three", {"pool": 1}) == [Grant("three", {"pool": [0]})]


def test_nothing_is_held_by_a_request_that_waits() -> None:
    arbiter = Arbiter(SIZES)
    arbiter.ask("holder", {"lock": ALL})
    assert arbiter.ask("both", {"lock": ALL, "pair": 2}) == []
    arbiter.give_back("both")  # withdrawn
    assert tickets(arbiter.ask("pair", {"pair": 2})) == ["pair"]


def test_a_later_request_overtakes_only_where_enough_is_left_for_both() -> None:
    arbiter = Arbiter(SIZES)
    arbiter.ask("holder", {"lock": ALL})
    arbiter.ask("waits", {"lock": ALL, "pool": 2})
    assert tickets(arbiter.ask("fits beside", {"pool": 1})) == ["fits beside"]
    assert arbiter.ask("would take from it", {"pool": 1}) == []
    assert tickets(arbiter.give_back("holder")) == ["waits"]


def test_what_comes_free_gathers_for_a_large_request() -> None:
    arbiter = Arbiter(SIZES)
    for number in range(3):
        arbiter.ask(number, {"pool": 1})
    arbiter.ask("large", {"pool": 3})
    for number in range(3):
        assert arbiter.ask(f"small {number}", {"pool": 1}) == []
    assert arbiter.give_back(0) == [] and arbiter.give_back(1) == []
    assert tickets(arbiter.give_back(2)) == ["large"]
    assert tickets(arbiter.give_back("large")) == ["small 0", "small 1", "small 2"]


def test_priority_comes_before_the_order_of_asking() -> None:
    arbiter = Arbiter(SIZES)
    arbiter.ask("holder", {"lock": ALL})
    arbiter.ask("usual", {"lock": ALL}, 5)
    arbiter.ask("urgent", {"lock": ALL}, 1)
    arbiter.ask("as urgent", {"lock": ALL}, 1)
    order = []
    current: list[object] = ["holder"]
    while current:
        current = tickets(arbiter.give_back(current[0]))
        order += current
    assert order == ["urgent", "as urgent", "usual"]


def test_a_ticket_that_was_withdrawn_may_ask_again_and_stands_last() -> None:
    arbiter = Arbiter(SIZES)
    for name in ("holder", "first", "again", "last"):
        arbiter.ask(name, {"lock": ALL})
    arbiter.give_back("again")
    arbiter.ask("again", {"lock": ALL})
    assert tickets(arbiter.give_back("holder")) == ["first"]
    assert tickets(arbiter.give_back("first")) == ["last"]
    assert tickets(arbiter.give_back("last")) == ["again"]


@pytest.mark.parametrize("needs", [{"pool": 4}, {"unknown": 1}, {"pool": 0}, {"lock": ALL + 1}])
def test_what_can_never_be_granted_is_refused(needs: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="can never be granted"):
        Arbiter(SIZES).ask("one", needs)


def test_a_ticket_in_use_is_refused() -> None:
    arbiter = Arbiter(SIZES)
    arbiter.ask("one", {"lock": 1})
    with pytest.raises(ValueError, match="in use"):
        arbiter.ask("one", {"pool": 1})


class Model:
    """The rule as it is said: again and again from the most urgent request on, each first of its kind keeps its needs."""

    def __init__(self) -> None:
        self.sizes = {**SIZES, "places": 2}
        self.waiting: list[tuple[int, int, str, dict[str, int]]] = []
        self.held: dict[str, dict[str, int]] = {}
        self.asked = 0

    def free(self, name: str) -> int:
        return self.sizes[name] - sum(needs.get(name, 0) for needs in self.held.values())

    def ask(self, ticket: str, needs: dict[str, int], priority: int) -> set[str]:
        self.asked += 1
        self.waiting.append((priority, self.asked, ticket, needs))
        self.waiting.sort()
        return self.settle()

    def give_back(self, ticket: str) -> set[str]:
        self.held.pop(ticket, None)
        self.waiting = [one for one in self.waiting if one[2] != ticket]
        return self.settle()

    def settle(self) -> set[str]:
        granted: set[str] = set()
        while (ticket := self.next()) is not None:
            granted.add(ticket)
            (one,) = [one for one in self.waiting if one[2] == ticket]
            self.waiting.remove(one)
            self.held[ticket] = one[3]
        return granted

    def next(self) -> str | None:
        kept = dict.fromkeys(self.sizes, 0)
        seen: list[dict[str, int]] = []
        for _, _, ticket, needs in self.waiting:
            if needs in seen:
                continue
            seen.append(needs)
            if all(self.free(name) - kept[name] >= number for name, number in needs.items()):
                return ticket
            for name, number in needs.items():
                kept[name] += number
        return None


NEEDS = strategies.fixed_dictionaries(
    {},
    optional={
        "lock": strategies.sampled_from([1, ALL]),
        "other": strategies.sampled_from([1, ALL]),
        "pool": strategies.integers(1, 3),
        "pair": strategies.integers(1, 2),
        "places": strategies.just(1),
    },
).filter(bool)


class ArbiterMachine(RuleBasedStateMachine):
    """Requests of all kinds come and go in any order."""

    asked = Bundle("asked")

    def __init__(self) -> None:
        super().__init__()
        self.arbiter = Arbiter(SIZES)
        self.arbiter.resize("places", 2)
        self.model = Model()
        self.count = 0
        self.units: dict[object, Mapping[str, list[int]]] = {}

    @rule(target=asked, needs=NEEDS, priority=strategies.integers(0, 2))
    def ask(self, needs: dict[str, int], priority: int) -> str:
        self.count += 1
        ticket = f"t{self.count}"
        granted = self.arbiter.ask(ticket, needs, priority)
        self.agree(granted, self.model.ask(ticket, dict(needs), priority))
        return ticket

    @rule(ticket=consumes(asked))
    def give_back(self, ticket: str) -> None:
        self.units.pop(ticket, None)
        self.agree(self.arbiter.give_back(ticket), self.model.give_back(ticket))

    @rule(size=strategies.integers(1, 3))
    def resize(self, size: int) -> None:
        self.model.sizes["places"] = size
        self.agree(self.arbiter.resize("places", size), self.model.settle())

    def agree(self, granted: list[Grant], expected: set[str]) -> None:
        assert set(tickets(granted)) == expected
        self.units.update({grant.ticket: grant.units for grant in granted})

    @invariant()
    def nothing_is_given_twice(self) -> None:
        for name, size in SIZES.items():
            assert self.model.free(name) >= 0
            units = [unit for held in self.units.values() for unit in held.get(name, ())]
            assert len(units) == len(set(units)) and all(0 <= unit < size for unit in units)

    @invariant()
    def units_are_as_many_as_asked_for(self) -> None:
        for ticket, needs in self.model.held.items():
            assert {name: len(units) for name, units in self.units[ticket].items()} == {
                name: number for name, number in needs.items() if SIZES.get(name, ALL) < ALL
            }

    @invariant()
    def the_most_urgent_waits_only_for_what_is_held(self) -> None:
        """So when those who hold it now have ended it is next, whoever asks in between: nobody waits for one who waits."""
        assert self.arbiter.waiting == len(self.model.waiting)
        if self.model.waiting:
            needs = self.model.waiting[0][3]
            assert any(self.model.free(name) < number for name, number in needs.items())

    def teardown(self) -> None:
        """Whoever holds something comes to an end, and then all that wait are served."""
        while self.model.held:
            ticket = next(iter(self.model.held))
            self.units.pop(ticket)
            self.agree(self.arbiter.give_back(ticket), self.model.give_back(ticket))
        assert self.arbiter.waiting == 0


TestArbiterAgainstTheModel = ArbiterMachine.TestCase
TestArbiterAgainstTheModel.settings = settings(max_examples=60, stateful_step_count=30, deadline=None, database=None)

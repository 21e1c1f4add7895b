"""Slots: never more than there are, each held once, nobody left waiting."""

from __future__ import annotations

import threading

from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.engine.slots import Slots


def never() -> bool:
    return False


def test_first_slots_are_numbers_from_zero() -> None:
    slots = Slots(2)
    assert [slots.first("a", never), slots.first("b", never)] == [0, 1]


def test_waiting_ends_when_asked_to() -> None:
    slots = Slots(1)
    slots.first("a", never)
    assert slots.first("b", lambda: True) is None


def test_a_closed_one_gives_nothing() -> None:
    slots = Slots(1)
    slots.close()
    assert slots.first("a", never) is None


def test_further_slots_come_when_they_are_free() -> None:
    slots = Slots(2)
    got: list[int] = []
    slots.first("a", never)
    slots.first("b", never)
    slots.want("a", 3, got.append)
    assert got == []
    slots.leave("b")
    assert got == [1]


def test_the_one_that_holds_fewest_comes_first() -> None:
    slots = Slots(5)
    got: list[str] = []
    for name in ("a", "b", "c"):
        slots.first(name, never)
    slots.first("a", never)
    slots.first("c", never)
    slots.want("a", 2, lambda slot: got.append("a"))
    slots.want("b", 2, lambda slot: got.append("b"))
    slots.leave("c")
    assert got == ["b", "a"]


def test_who_can_t_start_comes_before_who_would_be_faster() -> None:
    slots = Slots(1)
    slots.first("a", never)
    extra: list[int] = []
    started = threading.Event()
    found: list[int | None] = []

    def start() -> None:
        started.set()
        found.append(slots.first("b", never))

    thread = threading.Thread(target=start)
    thread.start()
    started.wait()
    while not slots._waiting_first:
        pass
    slots.want("c", 1, extra.append)
    slots.leave("a")
    thread.join(5)
    assert found == [0]
    assert extra == []


names = st.sampled_from("abc")
steps = st.lists(st.tuples(st.sampled_from(["first", "want", "back", "leave"]), names, st.integers(1, 4)), max_size=60)


@given(st.integers(1, 4), steps)
@settings(max_examples=200, deadline=None)
def test_a_slot_has_one_holder(total: int, events: list[tuple[str, str, int]]) -> None:
    slots = Slots(total)
    held: dict[str, list[int]] = {name: [] for name in "abc"}
    for event, name, number in events:
        if event == "first":
            slot = slots.first(name, never if slots._free else lambda: True)
            if slot is not None:
                held[name].append(slot)
        elif event == "want":
            slots.want(name, number, held[name].append)
        elif event == "back" and held[name]:
            slots.give_back(name, held[name].pop())
        elif event == "leave":
            held[name].clear()
            slots.leave(name)
        everything = [slot for own in held.values() for slot in own]
        assert len(everything) == len(set(everything)) <= total
        assert set(everything) <= set(range(total))


def test_sessions_of_a_group_hold_no_more_than_its_bound() -> None:
    slots = Slots(4)
    got: list[int] = []
    for name, group in (("a", "layer"), ("b", "layer"), ("c", "other")):
        slots.bound(name, group, 2 if group == "layer" else None)
    slots.first("a", never)
    slots.want("a", 3, got.append)
    assert got == [1]
    assert slots.first("b", lambda: True) is None
    assert slots.first("c", never) == 2
    slots.leave("a")
    assert slots.first("b", never) is not None


def test_who_waits_for_its_group_keeps_nobody_else_waiting() -> None:
    slots = Slots(3)
    got: list[int] = []
    slots.bound("a", "layer", 1)
    slots.bound("b", "layer", 1)
    slots.first("a", never)
    given_up = threading.Event()
    thread = threading.Thread(target=lambda: slots.first("b", given_up.is_set))
    thread.start()
    while not slots._waiting_first:
        pass
    slots.want("c", 2, got.append)
    given_up.set()
    thread.join(5)
    assert got == [1, 2]


def test_fewer_are_held_while_fewer_are_allowed() -> None:
    slots = Slots(3)
    got: list[int] = []
    slots.allow(2)
    slots.first("a", never)
    slots.want("a", 2, got.append)
    assert got == [1]
    slots.allow(0)
    slots.give_back("a", 1)
    slots.want("a", 1, got.append)
    assert got == [1], "one there is always, and that one is held"
    slots.allow(3)
    assert got == [1, 1]

from __future__ import annotations

import threading

import pytest

from lamina.cli.turns import Turns

GROUPS = {"a": ("one", 0), "b": ("one", 1), "c": ("one", 1), "d": ("one", 2), "x": ("other", 0)}


@pytest.fixture
def turns() -> Turns:
    return Turns(GROUPS)


def can_begin(turns: Turns, category: str) -> bool:
    """Whether the category would not have to wait."""
    began = threading.Event()
    thread = threading.Thread(target=lambda: turns.wait(category) and began.set(), daemon=True)
    thread.start()
    return began.wait(0.1)


def test_groups_wait_for_the_group_before_and_other_layers_do_not(turns: Turns) -> None:
    for name in GROUPS:
        turns.arrive(name)
    assert [name for name in GROUPS if can_begin(turns, name)] == ["a", "x"]
    turns.settle("a")
    assert [name for name in GROUPS if can_begin(turns, name)] == ["a", "b", "c", "x"]
    turns.settle("b")
    assert not can_begin(turns, "d")
    turns.settle("c")
    assert can_begin(turns, "d")


def test_none_waits_for_one_that_comes_later(turns: Turns) -> None:
    for name in ("d", "a"):
        turns.arrive(name)
    assert can_begin(turns, "d")
    assert not can_begin(turns, "a")


def test_one_that_never_comes_is_not_waited_for(turns: Turns) -> None:
    turns.arrive("d")
    assert can_begin(turns, "d")


def test_arriving_twice_changes_nothing(turns: Turns) -> None:
    turns.arrive("a")
    turns.arrive("b")
    turns.arrive("a")
    assert can_begin(turns, "a")


def test_closing_sends_everybody_home(turns: Turns) -> None:
    turns.arrive("a")
    turns.arrive("b")
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(turns.wait("b")))
    thread.start()
    turns.close()
    thread.join(timeout=5)
    assert answers == [False]

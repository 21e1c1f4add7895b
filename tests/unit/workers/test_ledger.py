"""The ledger of memory: what fits, who has to wait, what is learned."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest

from lamina.workers.ledger import NO_ROOM, RETIRED, UNBOUNDED, Learned, Ledger

LAYER, ONE, OTHER = 0, 1, 2


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    """Four slots; a layer with 1000 bytes and two categories, the first with 500."""
    made = Ledger.create(4, [1000, 500, 0])
    yield made
    made.close()


def enter(ledger: Ledger, slot: int, category: int, own: int = 0, growth: int | None = None) -> None:
    ledger.enter(slot, category, LAYER, own, 0)
    if growth is not None:
        ledger.begin(slot, growth)


def test_the_tightest_bound_counts(ledger: Ledger) -> None:
    enter(ledger, 0, ONE, own=10, growth=290)
    enter(ledger, 1, ONE, own=50)
    assert ledger.room(1) == 500 - 300 - 50
    enter(ledger, 2, OTHER, own=0, growth=650)
    assert ledger.room(1) == 0
    ledger.limit(960)
    assert ledger.room(1) == NO_ROOM


def test_one_test_may_always_run(ledger: Ledger) -> None:
    enter(ledger, 0, ONE, own=600)
    enter(ledger, 1, ONE, own=50)
    ledger.hold(True)
    assert ledger.room(1) == UNBOUNDED
    ledger.begin(0, 0)
    assert ledger.room(1) == NO_ROOM
    ledger.rest(0, 600)
    assert ledger.room(1) == UNBOUNDED


def test_a_category_without_a_test_that_runs_is_not_stopped_by_its_own_bound(ledger: Ledger) -> None:
    enter(ledger, 0, OTHER, own=0, growth=100)
    enter(ledger, 1, ONE, own=50)
    assert ledger.room(1) == 1000 - 100 - 50


def test_what_a_test_holds_already_is_not_counted_twice(ledger: Ledger) -> None:
    enter(ledger, 0, OTHER, own=100, growth=200)
    enter(ledger, 1, OTHER)
    assert ledger.room(1) == 700
    ledger.rest(0, 150)
    ledger.begin(0, 0)
    assert ledger.room(1) == 850


def test_what_a_session_holds_counts_once_and_ends_with_it(ledger: Ledger) -> None:
    for scope in (ONE, LAYER):
        ledger.hold_fixed(scope, 100)
    enter(ledger, 0, ONE, own=0, growth=100)
    enter(ledger, 1, ONE)
    assert ledger.room(1) == 300
    ledger.forget(ONE, LAYER)
    assert ledger.entries() == []
    enter(ledger, 2, OTHER, own=0, growth=1)
    enter(ledger, 3, OTHER)
    assert ledger.room(3) == 999


def test_a_dead_worker_s_row_is_free(ledger: Ledger) -> None:
    enter(ledger, 0, ONE, own=30, growth=400)
    ledger.retire(0)
    assert ledger.is_retired(0)
    ledger.say(0, RETIRED)
    assert ledger.leave(0) == (RETIRED, 30)
    assert not ledger.is_retired(0)
    assert ledger.leave(0) == (0, 0)
    assert ledger.entries() == []


def test_what_is_learned(ledger: Ledger) -> None:
    ledger.learn(ONE, 0, 10)
    ledger.learn(ONE, 70)
    ledger.learn(ONE, 50)
    assert ledger.learned(ONE) == Learned(70, 12)
    assert ledger.learned(OTHER) == Learned(0, 0)
    assert ledger.is_bounded(OTHER, LAYER)
    assert not ledger.is_bounded(OTHER)


def test_a_lock_dies_with_its_holder(ledger: Ledger) -> None:
    pid = os.fork()
    if pid == 0:
        with ledger.locked():
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)
    with ledger.locked():
        pass


def test_it_is_shared_by_its_descriptor(ledger: Ledger) -> None:
    enter(ledger, 2, ONE, own=7)
    (entry,) = Ledger(os.dup(ledger.descriptor)).entries()
    assert (entry.slot, entry.pid, entry.own, entry.runs) == (2, os.getpid(), 7, False)

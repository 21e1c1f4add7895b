"""The board: every position is claimed once, by whoever comes, also when workers die in the middle."""

from __future__ import annotations

import os
import signal
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.workers.board import WAIT, Board, Unit


def units(*sizes: int, bound: bool = False) -> list[Unit]:
    made, begin = [], 0
    for size in sizes:
        made.append(Unit(begin, begin + size, bound))
        begin += size
    return made


def all_of(board: Board, worker: int) -> list[int]:
    return list(iter(lambda: board.claim(worker), -1))


def test_one_worker_gets_everything_in_order() -> None:
    board = Board.create(units(2, 1, 3), 6, 1)
    assert all_of(board, 0) == [0, 1, 2, 3, 4, 5]
    board.close()


def test_an_idle_worker_takes_the_later_half_of_a_free_range() -> None:
    board = Board.create(units(10), 10, 2)
    assert board.claim(0) == 0
    assert board.claim(1) == 5
    assert board.place(0)[2:] == (1, 5, False)
    board.close()


def test_a_bound_range_is_never_divided() -> None:
    board = Board.create(units(10, bound=True), 10, 2)
    assert board.claim(0) == 0
    assert board.claim(1) == -1
    assert board.open_units() == 0
    board.close()


def test_the_last_one_not_begun_can_be_taken() -> None:
    board = Board.create(units(2), 2, 2)
    assert board.claim(0) == 0
    assert board.following(0) == 1
    assert board.claim(1) == 1
    assert board.following(0) == -1
    board.close()


def test_what_a_dead_worker_had_left_is_queued_again() -> None:
    board = Board.create(units(4, bound=True), 4, 2)
    assert board.claim(0) == 0
    place = board.give_back(0)
    assert (place.current, place.next, place.end) == (0, 1, 4)
    assert all_of(board, 1) == [1, 2, 3]
    board.close()


def test_nothing_is_claimed_after_a_stop() -> None:
    board = Board.create(units(5), 5, 1)
    board.stop()
    assert board.claim(0) == -1
    board.close()


steps = st.lists(st.tuples(st.sampled_from(["claim", "claim", "claim", "die"]), st.integers(0, 2)), max_size=120)
shapes = st.lists(st.tuples(st.integers(1, 6), st.booleans()), min_size=1, max_size=8)


@given(shapes, steps)
@settings(max_examples=200, deadline=None)
def test_every_position_once_whatever_happens(shape: list[tuple[int, bool]], events: list[tuple[str, int]]) -> None:
    made, begin = [], 0
    for size, bound in shape:
        made.append(Unit(begin, begin + size, bound))
        begin += size
    board = Board.create(made, begin, 3)
    seen: list[int] = []
    for event, worker in events:
        if event == "die":
            board.give_back(worker)
        elif (position := board.claim(worker)) >= 0:
            seen.append(position)
    for worker in range(3):
        seen.extend(all_of(board, worker))
    # A worker that still held a bound range when the others ran dry leaves it to itself.
    for worker in range(3):
        seen.extend(all_of(board, worker))
    assert sorted(seen) == list(range(begin))
    board.close()


class Killed(BaseException):
    """The end of a worker in the middle of a claim."""


class Words:
    """A board's memory for a worker that is killed before its write number `left`, counted from 0."""

    def __init__(self, words: memoryview[int], left: int) -> None:
        self._words = words
        self.left = left

    def __getitem__(self, index: int) -> int:
        return self._words[index]

    def __setitem__(self, index: int, value: int) -> None:
        if self.left == 0:
            raise Killed
        self.left -= 1
        self._words[index] = value


class Play:
    """Two workers claim in turns, the first one until it is killed; then the session does what it does at a death."""

    def __init__(self, shape: list[Unit], positions: int) -> None:
        self.board = Board.create(shape, positions, 2)
        self.everything = set(range(positions))
        self.claimed: list[int] = []
        self.ran_last = -1

    def until_killed(self, writes: int, others: int) -> bool:
        """Whether the first worker could be killed at that write; `others` claims of the second follow each of its own."""
        real = self.board._words
        mortal = Words(real, writes)
        try:
            while True:
                self.board._words = mortal  # type: ignore[assignment]
                position = self.board.claim(0)
                self.board._words = real
                if position < 0:
                    return False
                self.claimed.append(position)
                self.ran_last = position
                self.claim(1, others)
        except Killed:
            return True
        finally:
            self.board._words = real

    def claim(self, worker: int, times: int) -> None:
        for _ in range(times):
            if (position := self.board.claim(worker)) >= 0:
                self.claimed.append(position)

    def bury(self) -> None:
        place = self.board.give_back(0)
        if place.current not in (-1, self.ran_last):
            self.claimed.append(place.current)  # reported as the test that the worker died in

    def find_again(self) -> None:
        for position in sorted(self.everything - set(self.claimed)):
            self.board.queue_again(position)


@pytest.mark.parametrize("others", [0, 1, 3])
@pytest.mark.parametrize("late", [0, 1, 100], ids=["found at once", "found late", "found last"])
@pytest.mark.parametrize("bound", [False, True])
def test_a_death_before_any_write_doubles_nothing(others: int, late: int, bound: bool) -> None:
    writes, lost = 0, 0
    while True:
        play = Play(units(3, 1, 5, 2, bound=bound), positions=11)
        was_killed = play.until_killed(writes, others)
        play.claim(1, late)
        play.bury()
        play.claim(1, 100)
        assert len(play.claimed) == len(set(play.claimed)), f"twice, at write {writes}: {play.claimed}"
        lost += len(play.everything) - len(play.claimed)
        play.find_again()
        play.claim(1, 100)
        assert sorted(play.claimed) == sorted(play.everything), f"at write {writes}"
        play.board.close()
        if not was_killed:
            break
        writes += 1
    assert writes >= 10, "each claim writes"
    assert lost, "a death while a range moves does lose it, which is why the session looks for what is left"


def test_the_unit_table_goes_round() -> None:
    board = Board.create(units(2, 2), 4, 1)
    for _ in range(20):
        board.queue_again(board.claim(0))
    assert sorted(all_of(board, 0)) == [0, 1, 2, 3]
    board.close()


def fork_worker(board: Board, worker: int, output: int) -> int:
    pid = os.fork()
    if pid == 0:
        status = 1
        try:
            position = board.claim(worker)
            while position >= 0:
                os.write(output, position.to_bytes(4, "big"))
                position = board.claim(worker)
            status = 0
        finally:
            os._exit(status)
    return pid


def claimed(read: int) -> list[int]:
    data = b""
    while piece := os.read(read, 1 << 16):
        data += piece
    return [int.from_bytes(data[start : start + 4], "big") for start in range(0, len(data), 4)]


def test_processes_claim_at_once() -> None:
    board = Board.create(units(*[7] * 40), 280, 4)
    read, write = os.pipe()
    pids = [fork_worker(board, worker, write) for worker in range(4)]
    os.close(write)
    assert Counter(claimed(read)) == Counter(range(280))
    assert [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in pids] == [0] * 4
    os.close(read)
    board.close()


@pytest.mark.parametrize("seconds", [0.001, 0.003, 0.01])
def test_a_worker_killed_in_the_middle_blocks_nobody(seconds: float) -> None:
    import time

    board = Board.create(units(*[5] * 2000), 10_000, 2)
    read, write = os.pipe()
    os.set_inheritable(write, True)
    victim = os.fork()
    if victim == 0:
        while board.claim(0) >= 0:
            pass
        os._exit(0)
    time.sleep(seconds)
    os.kill(victim, signal.SIGKILL)
    os.waitpid(victim, 0)
    board.give_back(0)
    before = board.claim(1)
    rest = all_of(board, 1)
    assert before < 0 or len(set(rest)) == len(rest)
    for descriptor in (read, write):
        os.close(descriptor)
    board.close()


def test_another_process_attaches_by_descriptor() -> None:
    board = Board.create(units(3), 3, 1)
    other = Board.attach(os.dup(board.descriptor))
    assert all_of(other, 0) == [0, 1, 2]
    assert board.claim(0) == -1
    other.close()
    board.close()


def test_an_urgent_unit_is_taken_before_the_next_test_of_a_free_range() -> None:
    board = Board.create([Unit(0, 3, False)], 6, 2)
    assert board.claim(0) == 0
    board.queue_urgent(Unit(4, 6, True))
    assert board.urgent
    assert [board.claim(0) for _ in range(4)] == [4, 5, 1, 2]
    assert not board.urgent
    board.close()


def test_a_bound_range_is_not_left_for_an_urgent_unit() -> None:
    board = Board.create([Unit(0, 2, True)], 3, 1)
    assert board.claim(0) == 0
    board.queue_urgent(Unit(2, 3, True))
    assert [board.claim(0) for _ in range(3)] == [1, 2, -1]
    board.close()


def test_what_is_crossed_out_is_passed_over() -> None:
    board = Board.create([Unit(0, 4, True)], 4, 1)
    board.cross_out(0)
    board.cross_out(2)
    assert board.claim(0) == 1
    assert board.following(0) == 3
    assert [board.claim(0) for _ in range(2)] == [3, -1]
    board.close()


def test_all_that_is_crossed_out_leaves_the_next_unit() -> None:
    board = Board.create([Unit(0, 2, True), Unit(2, 3, True)], 3, 1)
    board.cross_out(0)
    board.cross_out(1)
    assert [board.claim(0) for _ in range(2)] == [2, -1]
    board.close()


def test_workers_expect_more_until_claims_end() -> None:
    board = Board.create([], 1, 1)
    assert not board.expects
    board.expect(1)
    assert board.expects
    board.stop()
    assert not board.expects
    board.close()


def small(limit: int) -> Callable[[int], int]:
    """Position 0 takes 0, 1 takes 10, 2 takes 20 and so on; what takes more than `limit` does not fit."""
    return lambda position: position * 10 if position * 10 <= limit else -1


def test_the_largest_that_fits_comes_first_and_the_first_of_several() -> None:
    board = Board.create(units(1, 1, 1, 1, 1), 5, 2)
    assert board.claim(0, small(25)) == 2
    assert board.claim(1, small(25)) == 1
    assert board.claim(1, lambda position: 0) == 0, "all are alike: in their order"
    assert board.claim(0, small(5)) == WAIT
    assert board.place(0).current == -1
    assert [board.claim(0), board.claim(0), board.claim(0)] == [3, 4, -1]
    assert board.claim(0, small(0)) == -1, "nothing is left to wait for"
    board.close()


def test_a_range_that_was_begun_waits_for_its_next() -> None:
    board = Board.create(units(3, bound=True), 3, 2)
    assert board.claim(0, small(0)) == 0
    assert board.claim(0, small(5)) == WAIT
    assert board.claim(0, small(10)) == 1
    board.close()


def test_what_does_not_fit_is_not_taken_from_others() -> None:
    board = Board.create(units(4), 4, 2)
    assert board.claim(0) == 0
    assert board.claim(1, small(10)) == WAIT
    assert board.place(0).end == 4
    assert board.claim(1, small(20)) == 2
    board.close()


@given(st.lists(st.integers(1, 4), min_size=1, max_size=20), st.lists(st.integers(0, 3), min_size=1, max_size=60))
@settings(max_examples=100, deadline=None)
def test_each_position_is_claimed_once_whatever_fits(sizes: list[int], limits: list[int]) -> None:
    board, total = Board.create(units(*sizes), sum(sizes), 2), sum(sizes)
    claimed: list[int] = []
    for turn, limit in enumerate(limits):
        position = board.claim(turn % 2, lambda position, limit=limit: position % 4 if position % 4 <= limit else -1)  # type: ignore[misc]
        if position >= 0:
            claimed.append(position)
    claimed += [*all_of(board, 0), *all_of(board, 1)]
    assert sorted(claimed) == list(range(total))
    board.close()

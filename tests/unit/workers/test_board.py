"""The board: every position is claimed once, by whoever comes, also when workers die in the middle."""

from __future__ import annotations

import os
import signal
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.workers.board import Board, Unit


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

"""Seats: processes of several runs share them, and none is left out."""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from lamina.workers.seats import Seat

FORK = multiprocessing.get_context("fork")


def work(folder: str, run: str, total: int, background: bool, seconds: float) -> None:
    """A worker: tests of `seconds` one after the other, each written down with its begin and end."""
    seat = Seat(f"{folder}/seats", total, run, background)
    with open(f"{folder}/{run}.{os.getpid()}", "a", buffering=1) as log:
        while not os.path.exists(f"{folder}/end"):
            seat.keep()
            begin = time.monotonic()
            time.sleep(seconds)
            log.write(f"{begin} {time.monotonic()}\n")


@contextmanager
def runs(folder: Path, *workers: tuple[str, bool], total: int, seconds: float = 0.02) -> Iterator[list[Any]]:
    started = []
    for run, background in workers:
        started.append(FORK.Process(target=work, args=(str(folder), run, total, background, seconds)))
        started[-1].start()
    try:
        yield started
    finally:
        (folder / "end").touch()
        for process in started:
            process.join(30)
            process.kill()


def spans_of(folder: Path, run: str) -> list[tuple[float, float]]:
    lines = [line for path in folder.glob(f"{run}.*") for line in path.read_text().splitlines() if line.count(".") == 2]
    return [(float(begin), float(end)) for begin, end in map(str.split, lines)]


def most_at_once(spans: list[tuple[float, float]]) -> int:
    changes = sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans])
    most = now = 0
    for _, change in changes:
        now += change
        most = max(most, now)
    return most


def until(folder: Path, **tests: int) -> None:
    deadline = time.monotonic() + 60
    while any(len(spans_of(folder, run)) < number for run, number in tests.items()):
        assert time.monotonic() < deadline, {run: len(spans_of(folder, run)) for run in tests}
        time.sleep(0.05)


@pytest.mark.parametrize("total", [1, 2, 3])
def test_runs_together_use_no_more_than_there_are_and_each_gets_on(tmp_path: Path, total: int) -> None:
    both = [("one", True)] * total + [("two", False)] * total
    with runs(tmp_path, *both, total=total):
        until(tmp_path, one=10, two=10)
    assert most_at_once(spans_of(tmp_path, "one") + spans_of(tmp_path, "two")) == total


def test_a_run_alone_uses_all(tmp_path: Path) -> None:
    with runs(tmp_path, ("one", True), ("one", True), total=2):
        until(tmp_path, one=10)
    assert most_at_once(spans_of(tmp_path, "one")) == 2


def test_what_a_killed_worker_had_is_free(tmp_path: Path) -> None:
    with runs(tmp_path, ("one", False), total=1, seconds=60) as (first,):
        while not list(tmp_path.glob("one.*")):
            time.sleep(0.01)
        with runs(tmp_path, ("two", False), total=1):
            assert first.pid is not None
            os.kill(first.pid, signal.SIGKILL)
            until(tmp_path, two=3)
            assert not spans_of(tmp_path, "one")


def test_a_long_test_of_another_run_does_not_keep_one_out(tmp_path: Path) -> None:
    with runs(tmp_path, ("one", True), total=1, seconds=60) as (long,):
        while not list(tmp_path.glob("one.*")):
            time.sleep(0.01)
        with runs(tmp_path, ("two", False), ("two", False), total=1):
            until(tmp_path, two=5)
        long.kill()
    assert most_at_once(spans_of(tmp_path, "two")) == 1


def test_more_runs_than_seats(tmp_path: Path) -> None:
    with runs(tmp_path, ("one", False), ("two", False), ("three", True), total=1):
        until(tmp_path, one=5, two=5, three=5)


def test_where_nothing_can_be_locked_everybody_works(tmp_path: Path) -> None:
    Seat(f"{tmp_path}/nowhere/seats", 1, "one", False).keep()

"""What the arbiter of named resources takes for 10,000 requests: asked for, granted and given back, in one process."""

from __future__ import annotations

import random
import statistics
import time
from pathlib import Path

from measuring import Row

from lamina.resources.arbiter import ALL, Arbiter

_REQUESTS = 10_000


def rows(folder: Path, repeats: int) -> list[Row]:
    """All requests asked for at once, and a crowd that comes and goes; the median of each."""
    random.seed(7)
    few = [random.choice(_KINDS) for _ in range(_REQUESTS)]
    many = [{"database": 1, f"account-{number % 500}": ALL} for number in range(_REQUESTS)]
    return [
        _row("10,000 requests of 8 kinds for 4 resources, all asked for at once", few, _REQUESTS, repeats),
        _row("the same, 20 at a time", few, 20, repeats),
        _row("10,000 requests of 500 kinds for 501 resources, 50 at a time", many, 50, repeats),
    ]


_KINDS: list[dict[str, int]] = [
    {"payment_gateway": ALL}, {"database": 1}, {"database": ALL}, {"drivers": 1}, {"drivers": 2},
    {"drivers": 1, "database": 1}, {"gpu": 1}, {"gpu": 1, "payment_gateway": 1},
]  # fmt: skip


def _row(work: str, requests: list[dict[str, int]], at_a_time: int, repeats: int) -> Row:
    seconds = statistics.median(_run(requests, at_a_time) for _ in range(max(repeats, 3)))
    return Row(f"arbiter: {work}", f"{seconds:.3f} s", "< 0.100 s", seconds < 0.1)


def _run(requests: list[dict[str, int]], at_a_time: int) -> float:
    """Processor seconds (it waits for nothing) to serve all, with `at_a_time` of them asked for and not yet given back."""
    sizes = {"payment_gateway": ALL, "database": ALL, "drivers": 16, "gpu": 2}
    arbiter = Arbiter(sizes | {name: ALL for needs in requests for name in needs if name not in sizes})
    began = time.process_time()
    running = []
    served = 0
    for ticket, needs in enumerate(requests):
        running += arbiter.ask(ticket, needs, ticket % 3)
        if ticket >= at_a_time and running:
            running += arbiter.give_back(running.pop(0).ticket)
            served += 1
    while running:
        running += arbiter.give_back(running.pop().ticket)
        served += 1
    assert served == _REQUESTS and not arbiter.waiting
    return time.process_time() - began

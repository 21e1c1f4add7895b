"""How a worker takes its next test when more are going to be queued: it waits for them instead of ending.

Between two tests that need the same thing alone, the second is granted only when the session has heard of the first's end. A
worker that took some other test in those milliseconds would keep it idle for as long as that test lasts.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from lamina.workers.admission import Admission
from lamina.workers.board import Board

__all__ = ["claim_next"]

# Seconds that a worker without anything to do waits while somebody else could use its slot.
_CROWDED_SECONDS = 0.05
# Seconds that it waits after a test that others may have waited for, though there are more to run.
_SUCCESSOR_SECONDS = 0.03
_SHORTEST_SLEEP, _LONGEST_SLEEP = 0.0005, 0.01


def claim_next(board: Board, row: int, admission: Admission, has_freed: bool, give_way: Callable[[], None]) -> int:
    """The next position for the worker in `row`; -1 when nothing is left for it, nor will be, or when it has to end.

    `has_freed`: others may have waited for the end of its last test. `give_way` is called again and again while it waits, so
    that whoever it waits for may have its turn.
    """
    if has_freed and board.following(row) < 0:
        _wait(lambda: board.expects and not board.urgent, _SUCCESSOR_SECONDS)
    began = time.monotonic()
    sleep = _SHORTEST_SLEEP
    while (position := admission.claim(give_way)) < 0 and board.expects and not admission.has_to_end:
        if board.crowded and time.monotonic() - began > _CROWDED_SECONDS:
            return -1
        give_way()
        time.sleep(sleep)
        sleep = min(2 * sleep, _LONGEST_SLEEP)
    return position


def _wait(condition: Callable[[], bool], seconds: float) -> None:
    until = time.monotonic() + seconds
    while condition() and time.monotonic() < until:
        time.sleep(_SHORTEST_SLEEP)

"""Which test a worker takes next, by the room that there is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

import pytest

from lamina.workers.admission import Admission
from lamina.workers.board import WAIT, Board
from lamina.workers.board_layout import Unit
from lamina.workers.ledger import Ledger
from lamina.workers.protocol import Request

MB = 1 << 20
WORKERS = 3
# The longest test first, as units are queued.
NEEDS = [100, 40, 600, 50, 620, 300]


@pytest.fixture
def board() -> Iterator[Board]:
    board = Board.create([Unit(number, number + 1, False) for number in range(len(NEEDS))], len(NEEDS), WORKERS)
    yield board
    board.close()


def admissions(board: Board, bound: int) -> list[Admission]:
    """Those of the workers, which hold nothing themselves."""
    ledger = Ledger.create(WORKERS, [bound * MB, 0])
    request = cast("Request", {"ledger_scopes": (0, 1), "worker_limit": 0, "slots": WORKERS})
    growths = [need * MB for need in NEEDS]
    made = [Admission(ledger, board, request, growths, row, row) for row in range(WORKERS)]
    for slot in range(WORKERS):
        ledger.rest(slot, 0)
    return made


def given_up(*_: Any) -> None:
    raise TimeoutError


def claimed(admission: Admission) -> int:
    """The position, or WAIT."""
    try:
        return admission.claim(given_up)
    except TimeoutError:
        return WAIT


def test_the_longest_comes_first_while_there_is_room_for_whatever_runs(board: Board) -> None:
    assert [claimed(one) for one in admissions(board, 4000)] == [0, 1, 2]


def test_the_largest_comes_first_where_they_do_not_fit_together(board: Board) -> None:
    # Alone, the longest one. Of 600 and 620, which are alike, the longer one. Then 300 does not fit, and 40 is longer than 50.
    assert [claimed(one) for one in admissions(board, 1000)] == [0, 2, 1]


def test_what_does_not_fit_waits(board: Board) -> None:
    first, second, third = admissions(board, 130)
    assert [claimed(first), claimed(second)] == [0, WAIT]
    assert first.ended()
    assert claimed(third) == 1, "alone, a test is always admitted"

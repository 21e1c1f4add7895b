"""The ranges of a board's workers: what each has taken and not begun. Whoever calls holds the board's lock."""

from __future__ import annotations

from collections.abc import Callable

from lamina.workers import board_queue
from lamina.workers.board_layout import BOUND, END, HEAD, NEXT, WORKERS, Unit, Words, row_of, unit_at

__all__ = ["divisible", "longest", "put_back", "steal", "take_unit"]


def take_unit(words: Words, row: int) -> bool:
    """Makes the first queued unit the range of a row; False when there is none."""
    if board_queue.is_empty(words):
        return False
    at = unit_at(words, words[HEAD])
    begin, end, bound = words[at], words[at + 1], words[at + 2]
    _begin(words, row, begin, bound)
    board_queue.take(words)
    words[row + END] = end
    return True


def put_back(words: Words, row: int) -> None:
    """Queues what a worker has not begun behind all others, if it may be divided, so that it takes an urgent unit first."""
    begin, end = words[row + NEXT], words[row + END]
    if begin < end and not words[row + BOUND]:
        words[row + END] = 0
        board_queue.append(words, Unit(begin, end, False))


def steal(words: Words, row: int, size: Callable[[int], int] | None = None) -> bool:
    """Moves the later half of the longest divisible range to `row`, if it begins with what fits."""
    best = longest(words)
    if best < 0:
        return False
    most = words[best + END] - words[best + NEXT]
    middle, end = words[best + NEXT] + most // 2, words[best + END]
    if size is not None and size(middle) < 0:
        return False
    _begin(words, row, middle, 0)
    words[best + END] = middle
    words[row + END] = end
    return True


def longest(words: Words) -> int:
    """The row with the most that may be divided; -1: there is none."""
    best, most = -1, 0
    for worker in range(words[WORKERS]):
        other = row_of(worker)
        left = words[other + END] - words[other + NEXT]
        if left > most and not words[other + BOUND]:
            best, most = other, left
    return best


def divisible(words: Words) -> int:
    """How many positions are left in ranges that may be divided."""
    rows = (row_of(worker) for worker in range(words[WORKERS]))
    return sum(max(0, words[row + END] - words[row + NEXT]) for row in rows if not words[row + BOUND])


def _begin(words: Words, row: int, begin: int, bound: int) -> None:
    """An empty range, whatever was there; setting its end makes it one that counts."""
    words[row + END] = 0
    words[row + NEXT] = begin
    words[row + BOUND] = bound

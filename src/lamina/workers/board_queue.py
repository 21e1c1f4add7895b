"""The units of a board that nobody has claimed: a ring, urgent ones in front. Whoever calls holds the board's lock.

What moves leaves its old place before it shows in its new one: a worker that is killed in between loses it, and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from lamina.workers.board_layout import HEAD, UNITS, URGENT, Unit, Words, unit_at, unit_of

__all__ = ["append", "best", "bring_forward", "first", "is_empty", "prepend", "put_last", "take"]

# Queued units looked at for one that fits.
_LOOKED_AT = 64


def append(words: Words, unit: Unit) -> None:
    """Queues a unit behind all others."""
    at = unit_at(words, words[UNITS])
    words[at], words[at + 1], words[at + 2] = unit.begin, unit.end, int(unit.bound)
    words[UNITS] += 1


def prepend(words: Words, unit: Unit) -> None:
    """Queues an urgent unit."""
    at = unit_at(words, words[HEAD] - 1)
    words[at], words[at + 1], words[at + 2] = unit.begin, unit.end, int(unit.bound)
    words[HEAD] -= 1
    words[URGENT] += 1


def is_empty(words: Words) -> bool:
    """Whether nothing is queued. Passes what a worker left that was killed while it moved units."""
    while words[HEAD] < words[UNITS] and words[at := unit_at(words, words[HEAD])] >= words[at + 1]:
        words[HEAD] += 1
    return bool(words[HEAD] >= words[UNITS])


def take(words: Words) -> None:
    """The first unit is not queued any more."""
    if words[URGENT] > 0:
        words[URGENT] -= 1
    words[HEAD] += 1


def first(words: Words) -> Unit | None:
    """The unit that would be claimed next; None when none is queued."""
    return unit_of(words, words[HEAD]) if words[HEAD] < words[UNITS] else None


def put_last(words: Words) -> None:
    """Moves the unit that would be claimed next behind all others."""
    unit = first(words)
    if unit is not None:
        take(words)
        append(words, unit)


def best(words: Words, size: Callable[[int], int]) -> int:
    """The number of the first unit that is urgent and fits; else of the largest of those that fit, the first of several;
    -1: none does. `size` says how large a position is, -1 if it does not fit."""
    found, most = -1, -1
    for number in range(words[HEAD], min(words[UNITS], words[HEAD] + _LOOKED_AT)):
        at = unit_at(words, number)
        taken = size(words[at]) if words[at] < words[at + 1] else -1
        if taken >= 0 and number - words[HEAD] < words[URGENT]:
            return number
        if taken > most:
            found, most = number, taken
    return found


def bring_forward(words: Words, number: int) -> None:
    """Puts a queued unit before all others, which keep their order. Each is taken from its place before it is written to the
    next."""
    # Only what comes from among the urgent ones makes them fewer, when it is taken.
    words[URGENT] += int(number - words[HEAD] >= words[URGENT] > 0)
    head = words[HEAD]
    moved = _taken_out(words, number)
    for place in range(number, head, -1):
        _put(words, place, _taken_out(words, place - 1))
    _put(words, head, moved)


def _taken_out(words: Words, number: int) -> Unit:
    unit = unit_of(words, number)
    words[unit_at(words, number) + 1] = 0
    return unit


def _put(words: Words, number: int, unit: Unit) -> None:
    at = unit_at(words, number)
    words[at], words[at + 2] = unit.begin, int(unit.bound)
    words[at + 1] = unit.end

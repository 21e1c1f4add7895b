"""The board's memory: what stands in which of its words. A header, a row for each worker, a ring of units, and a byte for each
position, which says whether it is crossed out."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Unit", "Words", "crossed_at", "row_of", "size_of", "unit_at", "unit_of"]

_WORD = 8
# Header: number of units queued, next unit to be claimed, stop flag, capacity of the unit table, numbers of rows and positions;
# failures left before claims end (-1: no limit), and how many claims the gate lets through, plus one (0: any number); how many
# of the units at the front are urgent, how many further ones will come, whether somebody else waits for the slots of idle workers.
UNITS, HEAD, STOP, CAPACITY, WORKERS, POSITIONS, FAILURES, GATE, URGENT, EXPECTED, CROWDED = range(11)
_HEADER = 12
# A worker's row: next position of its range, end of its range, is the range bound, position it runs (-1: none),
# when it began that (nanoseconds, CLOCK_MONOTONIC, which all processes share).
NEXT, END, BOUND, CURRENT, BEGAN = range(5)
_ROW = 6
_UNIT = 3

Words = memoryview


class Unit(NamedTuple):
    """A range of positions, `begin` to `end` exclusive; a bound one is never divided."""

    begin: int
    end: int
    bound: bool


def size_of(capacity: int, positions: int, workers: int) -> int:
    """Bytes of a board."""
    return (_HEADER + workers * _ROW + capacity * _UNIT) * _WORD + -(-positions // _WORD) * _WORD


def crossed_at(words: Words) -> int:
    """Where the bytes of positions begin."""
    return int((_HEADER + words[WORKERS] * _ROW + words[CAPACITY] * _UNIT) * _WORD)


def row_of(worker: int) -> int:
    """Where a worker's row begins."""
    return _HEADER + worker * _ROW


def unit_at(words: Words, number: int) -> int:
    """Where a unit of the ring begins."""
    return int(_HEADER + words[WORKERS] * _ROW + number % words[CAPACITY] * _UNIT)


def unit_of(words: Words, number: int) -> Unit:
    """The unit that stands there."""
    at = unit_at(words, number)
    return Unit(words[at], words[at + 1], bool(words[at + 2]))

"""Numbers that rows will have in the cache, given out before they are written."""

from __future__ import annotations

import sqlite3
from array import array
from collections.abc import Callable
from typing import Any

from pyroaring import BitMap

__all__ = ["Numbers", "Translation"]

# Sets that a later one may have grown from: about one for each worker.
_HELD = 32


class Numbers:
    """Numbers for things, in the order in which they come up. `ids` are the database's, 0 for what is not written yet; `keys`
    are held only that long."""

    def __init__(self) -> None:
        self.keys: list[Any] = []
        self.ids = array("q")
        self._numbers: dict[Any, int] = {}

    def of(self, key: Any) -> int:
        """The number of a thing."""
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = self.new(key)
        return number

    def new(self, key: Any) -> int:
        """A number that nothing else has."""
        self.keys.append(key)
        self.ids.append(0)
        return len(self.keys) - 1

    def id(
        self, number: int, connection: sqlite3.Connection, insert: str, values: Callable[[], tuple[Any, ...]],
        select: str, key: tuple[Any, ...],
    ) -> int:  # fmt: skip
        """The database's id of what has none here yet; a row is made if there is none."""
        row = connection.execute(select, key).fetchone()
        found = int(row[0]) if row is not None else connection.execute(insert, values()).lastrowid
        assert found
        self.ids[number] = found
        self.keys[number] = None
        return found


class Translation:
    """The database's ids for sets of thousands of numbers, most of which have grown from one of the last: only what is new in one
    is looked up."""

    def __init__(self) -> None:
        self._last: list[tuple[BitMap, BitMap]] = []

    def of(self, numbers: BitMap, id_of: Callable[[int], int]) -> BitMap:
        """The ids of the `numbers`. Neither is to be changed afterwards."""
        if not numbers:
            return numbers
        smaller = (place for place, (known, _) in enumerate(self._last) if known <= numbers)
        place = max(smaller, key=lambda place: len(self._last[place][0]), default=-1)
        known, ids = self._last.pop(place) if place >= 0 else (BitMap(), BitMap())
        fresh = numbers - known
        if fresh:
            ids = ids | BitMap([id_of(number) for number in fresh])
        self._last = [*self._last[1 - _HELD :], (numbers, ids)]
        return ids

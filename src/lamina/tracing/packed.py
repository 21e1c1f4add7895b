"""A module's blocks as a session holds them, which may have 100,000 tests: those of tests are bytes until somebody asks.

They are asked for a few times only, when a test has run and when what a module defines is taken up. As tuples they would be a
third of all that a session knows of a test.
"""

from __future__ import annotations

import marshal
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from typing import Generic, TypeVar, overload

from lamina.tracing.analysis import Analysis, Body, Definition
from lamina.tracing.probes import is_listed

__all__ = ["Packed", "bodies", "with_packed_tests"]

Block = TypeVar("Block", Body, Definition)


class Packed(Sequence[Block], Generic[Block]):
    """Blocks in their order, and what makes one of its bytes."""

    __slots__ = ("_rows", "_unpack")

    def __init__(self, rows: Sequence[Block | bytes], unpack: Callable[[bytes], Block]) -> None:
        self._rows: list[Block | bytes] = list(rows)
        self._unpack: Callable[[bytes], Block] = unpack

    @overload
    def __getitem__(self, place: int) -> Block: ...
    @overload
    def __getitem__(self, place: slice) -> list[Block]: ...
    def __getitem__(self, place: int | slice) -> Block | list[Block]:
        if isinstance(place, slice):
            return [self[one] for one in range(*place.indices(len(self)))]
        row = self._rows[place]
        return self._unpack(row) if isinstance(row, bytes) else row

    def __iter__(self) -> Iterator[Block]:
        return (self[place] for place in range(len(self._rows)))

    def __len__(self) -> int:
        return len(self._rows)

    def take(self, other: Sequence[Block], place: int) -> None:
        """Adds one of another's, as it is there."""
        self._rows.append(other._rows[place] if isinstance(other, Packed) else other[place])


def bodies(rows: Sequence[Body | bytes] = ()) -> Packed[Body]:
    """Of bodies."""
    return Packed(rows, _body)


def with_packed_tests(analysis: Analysis) -> Analysis:
    """The same, in which blocks of tests are packed."""
    return analysis._replace(
        bodies=bodies([_packed(body, body.simple_name) for body in analysis.bodies]),
        definitions=Packed([_packed(one, one.name) for one in analysis.definitions], _definition),
    )


def _packed(block: Block, name: str) -> Block | bytes:
    return marshal.dumps(tuple(block)) if is_listed(name) else block


# One is asked for several times in turn.
@lru_cache(maxsize=16)
def _body(row: bytes) -> Body:
    return Body(*marshal.loads(row))


@lru_cache(maxsize=16)
def _definition(row: bytes) -> Definition:
    return Definition(*marshal.loads(row))

"""Bodies that ran so far in the session and its workers, and which of them an earlier test may have spared a later one."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator
from typing import Any, NamedTuple

from lamina.tracing.analysis import Analysis, Body
from lamina.workers.memory import Memory, Place

__all__ = ["Hidden", "RanBefore"]


# Path, body's number, content of the file, its blocks.
Ran = tuple[str, int, str, Analysis]


class Hidden(NamedTuple):
    """A body that a test may have been spared, with the inputs that were read where it ran."""

    path: str
    number: int
    content: str
    analysis: Analysis
    inputs: frozenset[str]


class RanBefore:
    """`memory` knows what can be kept for later tests."""

    def __init__(self) -> None:
        self.memory = Memory()
        self._places: dict[str, tuple[str, Analysis]] = {}

    def add(
        self, ran: Iterable[Ran], inputs: frozenset[str], answers: Collection[int] = (), imported: Iterable[Ran] = ()
    ) -> None:
        """Bodies ran, and these inputs were read; `answers` are what `hidden` gave; `imported` ran while something was imported."""
        self.memory.learn(self._taken(ran), inputs, answers, self._taken(imported))

    def _taken(self, ran: Iterable[Ran]) -> Iterator[tuple[Place, Body]]:
        for path, number, content, analysis in ran:
            self._places.setdefault(path, (content, analysis))
            yield (path, number), analysis.bodies[number]

    def hidden(
        self, own: list[Any], lasting: frozenset[str], fixtures: Container[Place]
    ) -> tuple[list[Hidden], set[int]]:
        """What `Memory.hidden` gives."""
        places, answers = self.memory.hidden(own, lasting, fixtures)
        found = []
        for path, number in places:
            content, analysis = self._places[path]
            found.append(Hidden(path, number, content, analysis, self.memory.inputs((path, number))))
        return found, answers

"""Bodies that ran so far in the session and its workers, and which of them an earlier test may have spared a later one."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from typing import Any, NamedTuple

from lamina.tracing.analysis import Analysis
from lamina.workers.memory import Memory, Place

__all__ = ["Hidden", "RanBefore"]


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
        self, ran: Iterable[tuple[str, int, str, Analysis]], inputs: frozenset[str], spared: Iterable[Hidden] = ()
    ) -> None:
        """Bodies ran (path, number, content, analysis), and these inputs were read; others were `spared`."""
        own = []
        for path, number, content, analysis in ran:
            own.append(((path, number), analysis.bodies[number]))
            self._places.setdefault(path, (content, analysis))
        self.memory.learn(own, inputs, [(place, self.memory.body(place)) for place in (one[:2] for one in spared)])

    def hidden(self, own: list[Any], lasting: frozenset[str], fixtures: Container[Place]) -> Iterator[Hidden]:
        """What `Memory.hidden` gives."""
        for path, number in self.memory.hidden(own, lasting, fixtures):
            content, analysis = self._places[path]
            yield Hidden(path, number, content, analysis, self.memory.inputs((path, number)))

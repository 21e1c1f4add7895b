"""Of which classes objects may outlive a test because a function keeps them: what is made lazily, and once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from pyroaring import BitMap

from lamina.tracing.analysis import GENERATOR, Analysis, Body
from lamina.workers.answering import kept
from lamina.workers.body_names import OF_CLASSES
from lamina.workers.calls import Calls

__all__ = ["KeptObjects"]

_NOTHING: frozenset[str] = frozenset()


class KeptObjects:
    """Grows with each module (`define`)."""

    def __init__(self, bodies: Sequence[Body], calls: Calls) -> None:
        self._bodies = bodies
        self._calls = calls
        # Names of classes and generators: of what objects may last.
        self.lastable: set[str] = set()
        self._of_body: dict[int, frozenset[str]] = {}
        # By worker and function that keeps something: what it has had run, as far as that was looked at, and the names there.
        self._looked_at: dict[tuple[str, int], BitMap] = defaultdict(BitMap)
        self._made: dict[tuple[str, int], frozenset[str]] = {}
        self._turns = 0

    def define(self, analysis: Analysis) -> None:
        """What a module defines may be made objects of."""
        self.lastable.update(body.simple_name for body in analysis.bodies if body.memory == GENERATOR)
        self.lastable.update(one.name for one in analysis.definitions if one.bases is not None)

    def of(self, answers: Iterable[int], worker: str, spared: Mapping[int, BitMap]) -> frozenset[str]:
        """Classes, with their bases, and generators that are named where these answers come from, which have `spared` that worker
        something."""
        if self._turns != self._calls.turns:  # names stand for something else, as with each module that is defined
            self._turns = self._calls.turns
            self._of_body.clear()
            self._looked_at.clear()
            self._made.clear()
        return frozenset().union(*(self._made_for((worker, number), spared[number]) for number in answers))

    def _made_for(self, whose: tuple[str, int], bodies: BitMap) -> frozenset[str]:
        looked_at = self._looked_at[whose]
        names = self._made.get(whose, _NOTHING)
        if len(looked_at) != len(bodies):  # none of them ever loses a body
            names = self._made[whose] = names.union(*map(self._named_in, bodies - looked_at))
            looked_at |= bodies
        return names

    def _named_in(self, body: int) -> frozenset[str]:
        names = self._of_body.get(body)
        if names is None:
            used = self._calls.used(body, but=self._bodies[body].asks)
            found = {key.removeprefix(".").removesuffix("()") for key in used} & self.lastable
            if self._bodies[body].simple_name in OF_CLASSES and kept(self._bodies[body]):
                found.add(self._bodies[body].class_name)  # its objects have their attributes in common
            names = self._of_body[body] = frozenset(found.union(*map(self._calls.bases, found)))
        return names

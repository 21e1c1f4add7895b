"""Of which classes objects may outlive a test because a function keeps them: what is made lazily, and once."""

from __future__ import annotations

from collections.abc import Sequence

from pyroaring import BitMap

from lamina.tracing.analysis import GENERATOR, Analysis, Body
from lamina.workers.answering import kept
from lamina.workers.body_names import OF_CLASSES
from lamina.workers.calls import Calls

__all__ = ["KeptObjects"]

_NONE: tuple[BitMap, frozenset[str]] = (BitMap(), frozenset())


class KeptObjects:
    """Grows with each module (`define`)."""

    def __init__(self, bodies: Sequence[Body], calls: Calls) -> None:
        self._bodies = bodies
        self._calls = calls
        # Names of classes and generators: of what objects may last.
        self.lastable: set[str] = set()
        self._of_body: dict[int, frozenset[str]] = {}
        # By worker: what was looked at last, and the names there.
        self._named: dict[str, tuple[BitMap, frozenset[str]]] = {}
        self._turns = 0

    def define(self, analysis: Analysis) -> None:
        """What a module defines may be made objects of."""
        self.lastable.update(body.simple_name for body in analysis.bodies if body.memory == GENERATOR)
        self.lastable.update(one.name for one in analysis.definitions if one.bases is not None)

    def of(self, spared: BitMap, worker: str) -> frozenset[str]:
        """Classes, with their bases, and generators that are named in bodies which a worker's tests were spared: one test is spared
        much the same as the last."""
        if self._turns != self._calls.turns:  # names stand for something else, as with each module that is defined
            self._turns = self._calls.turns
            self._of_body.clear()
            self._named.clear()
        looked_at, names = self._named.get(worker, _NONE)
        if looked_at != spared:
            if not looked_at <= spared:
                looked_at, names = _NONE
            names = names.union(*map(self._named_in, spared - looked_at))
            self._named[worker] = spared, names
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

"""What the memory of the process can hide: a body that a test did not run because an earlier test's result was kept.

A function whose decorator may answer for it (`lru_cache`, or one that is not known), or one that keeps what it computed in a
global variable or a long-lived object, can spare a test the bodies that it ran for an earlier one. Those bodies are
looked for by name among all that ran so far, so more are added than were hidden, never fewer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lamina.tracing.blocks import GENERATOR, Body
from lamina.tracing.inert import CACHES

__all__ = ["Memory"]

# (path, body's number there)
Place = tuple[str, int]


class Memory:
    """Grows with each test; `hidden` answers for the test that ran last."""

    def __init__(self) -> None:
        self._ran: dict[str, dict[Place, Body]] = defaultdict(dict)
        self._seen: set[Place] = set()
        self._lasting: set[str] = set()
        self._of_class: dict[str, list[Body]] = defaultdict(list)
        self._followed: dict[str, frozenset[Place]] = {}
        self._inputs: dict[Place, frozenset[str]] = {}

    def inputs(self, place: Place) -> frozenset[str]:
        """What was read when the body ran first: by its test, as nobody knows by which of the test's bodies."""
        return self._inputs.get(place, frozenset())

    def ran(self, place: Place, body: Body, inputs: frozenset[str], lasting: bool = False) -> None:
        """A body has run for somebody who read these inputs; `lasting` when that was a shared fixture or the import of a
        module."""
        if lasting and "." in body.name:
            self._lasting.add(body.name.split(".")[-2])
        if place in self._seen:
            return
        self._seen.add(place)
        if inputs:
            self._inputs[place] = inputs
        outer, _, name = body.name.partition("#")[0].rpartition(".")
        self._ran[name][place] = body
        if outer:
            self._of_class[outer.rpartition(".")[2]].append(body)
        self._followed.clear()

    def hidden(self, own: Iterable[tuple[Place, Body]]) -> set[Place]:
        """Bodies that a test which ran its `own` may depend on besides."""
        found: set[Place] = set()
        for _, body in own:
            if body.memory == "inside" or (body.memory == "self" and self._is_lasting(body)):
                for name in body.mentions:
                    found |= self._follow(name)
            else:
                for name in body.mentions:
                    if any(self._may_answer(other) for other in self._ran.get(name, {}).values()):
                        found |= self._follow(name)
        return found

    def _is_lasting(self, body: Body) -> bool:
        return "." in body.name and body.name.split(".")[-2] in self._lasting

    def _may_answer(self, body: Body) -> bool:
        """Whether its decorators may answer a call without it: the well-known ones, and those that are not the project's
        own (whose bodies would have run), or are and keep something."""
        if body.memory in ("", "inside", "self"):
            return False
        if body.memory == GENERATOR:
            return True
        for decorator in body.memory.split():
            name = decorator.rpartition(".")[2]
            if name in CACHES:
                return True
            bodies = [*self._ran.get(name, {}).values(), *self._of_class.get(name, ())]
            if not bodies or any(one.memory in ("inside", "self") for one in bodies):
                return True
        return False

    def _follow(self, name: str) -> frozenset[Place]:
        """The bodies of this name that ran, and those of the names that they mention, and so on."""
        known = self._followed.get(name)
        if known is not None:
            return known
        found: set[Place] = set()
        waiting = [name]
        seen = {name}
        while waiting:
            for place, body in self._ran.get(waiting.pop(), {}).items():
                found.add(place)
                fresh = [other for other in body.mentions if other not in seen and other in self._ran]
                seen.update(fresh)
                waiting += fresh
        result = self._followed[name] = frozenset(found)
        return result

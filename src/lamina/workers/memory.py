"""What the memory of the process can hide: a body that a test did not run because an earlier test's result was kept.

A function whose decorator may answer for it (`lru_cache`, or one that is not known), or one that keeps what it computed in a
global variable, a closure or a long-lived object, can spare a test the bodies that it ran for an earlier one. Those
bodies are looked for by name among all that ran so far, so more are added than were hidden, never fewer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lamina.tracing.blocks import GENERATOR, Analysis, Body
from lamina.tracing.inert import CACHES

__all__ = ["Memory", "class_of"]

# (path, body's number there)
Place = tuple[str, int]
# Kept in the object, not in the decorator.
_IN_THE_OBJECT = "cached_property"


def class_of(body: Body) -> str:
    """The simple name of the class that a body is a method of; empty for a function."""
    return body.name.partition("#")[0].rpartition(".")[0].rpartition(".")[2]


class Memory:
    """Grows with each test; `hidden` answers for the test that ran last."""

    def __init__(self) -> None:
        self._ran: dict[str, dict[Place, Body]] = defaultdict(dict)
        self._seen: set[Place] = set()
        self._classes: set[str] = set()
        self._callable: dict[str, list[Body]] = defaultdict(list)
        self._answers: dict[Place, bool] = {}
        self._followed: dict[str, frozenset[Place]] = {}
        # Of tables, aliases and the like: the names that are mentioned where a name gets its value.
        self._definitions: dict[str, set[str]] = defaultdict(set)
        self._meant: dict[str, frozenset[str]] = {}
        self._inputs: dict[Place, frozenset[str]] = {}

    def inputs(self, place: Place) -> frozenset[str]:
        """What was read when the body ran first: by its test, as nobody knows by which of the test's bodies."""
        return self._inputs.get(place, frozenset())

    def ran(self, place: Place, body: Body, inputs: frozenset[str]) -> None:
        """A body has run for somebody who read these inputs."""
        if place in self._seen:
            return
        self._seen.add(place)
        if inputs:
            self._inputs[place] = inputs
        name = body.name.partition("#")[0].rpartition(".")[2]
        self._ran[name][place] = body
        outer = class_of(body)
        if outer:
            self._classes.add(outer)
        if name in ("__call__", "__get__"):
            self._callable[outer].append(body)
        self._followed.clear()
        self._answers.clear()

    def knows(self, analysis: Analysis) -> None:
        """A module in reach: what its names stand for. Functions may be called by a table of them, or by another name."""
        for definition in analysis.definitions:
            if definition.is_value:
                self._definitions[definition.name].update(definition.mentions)
        self._meant.clear()
        self._followed.clear()

    def hidden(self, own: Iterable[tuple[Place, Body]], lasting: frozenset[str]) -> set[Place]:
        """Bodies that a test which ran its `own` may depend on besides; `lasting` are classes some of whose objects may
        outlive it."""
        found: set[Place] = set()
        for _, body in own:
            outer = class_of(body)
            if body.memory == "inside" or (body.memory == "self" and outer in lasting):
                for name in body.mentions:
                    found |= self._follow(name)
                continue
            for mentioned in body.mentions:
                for name in self._means(mentioned):
                    if name in self._ran and not name.startswith("__") and self._is_answered(name, lasting):
                        found |= self._follow(name)
        return found

    def _means(self, mentioned: str) -> frozenset[str] | tuple[str, ...]:
        """The names that a name may stand for through definitions, itself included."""
        if mentioned not in self._definitions:
            return (mentioned,)
        known = self._meant.get(mentioned)
        if known is None:
            waiting, seen = [mentioned], {mentioned}
            while waiting:
                fresh = self._definitions.get(waiting.pop(), set()) - seen
                seen |= fresh
                waiting += fresh
            known = self._meant[mentioned] = frozenset(seen)
        return known

    def _is_answered(self, name: str, lasting: frozenset[str]) -> bool:
        """Whether a call of something of that name may be answered without running it."""
        for place, body in self._ran[name].items():
            if not body.memory or body.memory in ("inside", "self"):
                continue
            if body.memory == GENERATOR:
                return True
            if _IN_THE_OBJECT in body.memory and class_of(body) in lasting:
                return True
            known = self._answers.get(place)
            if known is None:
                known = self._answers[place] = self._may_answer(body)
            if known:
                return True
        return False

    def _may_answer(self, body: Body) -> bool:
        """Whether its decorators may answer a call without it: the well-known ones, those that are not the project's own
        (whose bodies would have run), and those that are and keep something."""
        for decorator in body.memory.split():
            name = decorator.rpartition(".")[2]
            if name == _IN_THE_OBJECT:
                continue
            if name in CACHES:
                return True
            functions = self._ran.get(name, {}).values()
            if any(one.memory == "inside" for one in functions):
                return True
            if any(one.memory in ("inside", "self") for one in self._callable.get(name, ())):
                return True
            if not functions and name not in self._classes:
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
                for mentioned in body.mentions:
                    if mentioned in seen and mentioned not in self._definitions:
                        continue
                    fresh = [other for other in self._means(mentioned) if other not in seen and other in self._ran]
                    seen.update(fresh)
                    waiting += fresh
        result = self._followed[name] = frozenset(found)
        return result

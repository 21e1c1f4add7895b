"""What the memory of the process can hide: a body that a test did not run because an earlier test's result was kept.

A function whose decorator may answer for it (`lru_cache`, or one that is not known), or one that keeps what it computed in a
global variable, a closure or a long-lived object, can spare a test the bodies that it ran for an earlier one. Those
bodies are looked for by name among all that ran so far, so more are added than were hidden, never fewer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable

from lamina.tracing.analysis import GENERATOR, HEARS, Analysis, Body
from lamina.tracing.inert import CACHES

__all__ = ["Memory", "Place", "class_of"]

# (path, body's number there)
Place = tuple[str, int]
# Kept in the object, not in the decorator.
_IN_THE_OBJECT = "cached_property"
_KEEPING = frozenset({"inside", "self"})
# Found through the names of classes: whoever has such a method run names the class, or one that is based on it.
_OF_CLASSES = frozenset({"__init__", "__new__", "__init_subclass__"})
_ANYTHING = ""


def class_of(body: Body) -> str:
    """The simple name of the class that a body is a method of; empty for a function."""
    return body.name.partition("#")[0].rpartition(".")[0].rpartition(".")[2]


def _name_of(body: Body) -> str:
    return body.name.partition("#")[0].rpartition(".")[2]


def _used_by(body: Body) -> set[str]:
    """The names that it uses, without those of its own that are mentions only because a change of their headers is one of it."""
    return set(body.mentions).difference(body.name.partition("#")[0].split(".")).union(body.used_of_own)


def _kept(body: Body) -> str:
    """Whether the body itself keeps what it computed: "inside" or "self"; empty if it does not."""
    first = body.memory.partition(" ")[0]
    return first if first in _KEEPING else ""


def _decorators(body: Body) -> list[str]:
    """Those that may answer for it, by their dotted names."""
    return [word for word in body.memory.split() if word not in _KEEPING]


class Memory:
    """Grows with each test; `hidden` answers for the test that ran last.

    Called for each test, so what it needs is kept at hand: `_answered` are the names of functions that may be answered for,
    with the classes of whose objects one has to outlive the test for that (`_ANYTHING`: none), and `_leading` says from
    which mentioned names they are reached, directly or through tables and aliases.
    """

    def __init__(self) -> None:
        self._ran: dict[str, list[tuple[Place, Body]]] = defaultdict(list)
        self._seen: dict[str, set[int]] = defaultdict(set)
        self._classes: set[str] = set()
        self._callable: dict[str, list[Body]] = defaultdict(list)
        self._decorated: list[Body] = []
        # Those that may be in the middle, by name.
        self._generators: dict[str, set[Place]] = defaultdict(set)
        self._decorators: set[str] = set()
        self._defined_by: dict[str, set[str]] = defaultdict(set)
        self._stands_for: dict[str, set[str]] = defaultdict(set)
        self._answered: dict[str, set[str]] = {}
        self._leading: dict[str, set[str]] = {}
        self._is_stale = False
        self._followed: dict[str, frozenset[Place]] = {}
        self._looked_up: set[str] = set()
        self._inputs: dict[Place, frozenset[str]] = {}

    def inputs(self, place: Place) -> frozenset[str]:
        """What was read when the body ran first: by its test, as nobody knows by which of the test's bodies."""
        return self._inputs.get(place, frozenset())

    def ran(self, place: Place, body: Body, inputs: frozenset[str]) -> None:
        """A body has run for somebody who read these inputs."""
        path, number = place
        seen = self._seen[path]
        if number in seen:
            return
        seen.add(number)
        if inputs:
            self._inputs[place] = inputs
        name, outer = _name_of(body), class_of(body)
        self._ran[name].append((place, body))
        if outer:
            self._classes.add(outer)
            if name.startswith("__") and name.endswith("__"):
                self._ran[outer].append((place, body))  # who names the class has it run
        if name in ("__call__", "__get__"):
            self._callable[outer].append(body)
        if body.memory == GENERATOR:
            self._generators[name].add(place)
        decorators = _decorators(body)
        if decorators:
            self._decorated.append(body)
            self._decorators.update(decorator.rpartition(".")[2] for decorator in decorators)
            self._is_stale = True
        elif name in self._decorators or outer in self._decorators:
            self._is_stale = True
        if name in self._looked_up or outer in self._looked_up:
            self._followed.clear()
            self._looked_up.clear()

    def knows(self, analysis: Analysis) -> None:
        """Whose definitions names may stand for: a table of functions is one way to call them."""
        for definition in analysis.definitions:
            if definition.is_value:
                self._stands_for[definition.name].update(definition.mentions)
                for mentioned in definition.mentions:
                    self._defined_by[mentioned].add(definition.name)
            elif definition.bases is not None:  # a class, whose bases' methods run as its own
                self._stands_for[definition.name].update(definition.also, set(definition.bases) - {HEARS})
        self._followed.clear()
        self._looked_up.clear()
        self._is_stale = True

    def hidden(
        self, own: Iterable[tuple[Place, Body]], lasting: frozenset[str], fixtures: Container[Place] = ()
    ) -> set[Place]:
        """Bodies that a test which ran its `own` may depend on besides; `lasting` are classes some of whose objects may
        outlive it, `fixtures` those of its own bodies that shared fixtures may have run for it."""
        if self._is_stale:
            self._refresh()
        spared: set[str] = set()
        answered: set[str] = set()
        # What keeps something may have read it for an earlier test.
        keeping: set[Place] = set()
        started: set[Place] = set()
        for place, body in own:
            if body.memory == GENERATOR and place not in fixtures:
                started.add(place)
            kept = _kept(body)
            if kept == "inside" or (kept == "self" and class_of(body) in lasting):
                keeping.add(place)
                spared.update(_used_by(body))
            else:
                answered.update(*(self._leading[name] for name in body.mentions if name in self._leading))
        there = lasting | {_ANYTHING}
        spared.update(
            name
            for name in answered
            if not self._answered[name].isdisjoint(there)
            # A generator that a test starts itself is none that another one has left in the middle.
            or (GENERATOR in self._answered[name] and not self._generators[name] <= started)
        )
        return keeping.union(*(self._follow(name) for name in spared - _OF_CLASSES))

    def _refresh(self) -> None:
        """Finds anew which functions may be answered for, and which names lead to them."""
        self._is_stale = False
        self._answered = defaultdict(set)
        for body in self._decorated:
            needed = self._needed(body)
            if needed is not None and not _name_of(body).startswith("__"):
                self._answered[_name_of(body)].add(needed)
        self._leading = defaultdict(set)
        for answered in self._answered:
            waiting, seen = [answered], {answered}
            while waiting:
                name = waiting.pop()
                self._leading[name].add(answered)
                fresh = self._defined_by.get(name, set()) - seen
                seen |= fresh
                waiting += fresh
        self._answered, self._leading = dict(self._answered), dict(self._leading)

    def _needed(self, body: Body) -> str | None:
        """The class of which an object has to last for a call to be answered without running the body: `_ANYTHING` if none
        has to, `GENERATOR` if it may be in the middle, None if no call can be. Decorators may answer that are well known for it,
        those that are not the project's own (whose bodies would have run), and those that are and keep something."""
        if body.memory == GENERATOR:
            return GENERATOR
        needed = None
        for decorator in _decorators(body):
            name = decorator.rpartition(".")[2]
            if name == _IN_THE_OBJECT:
                needed = class_of(body)
                continue
            functions = [one for _, one in self._ran.get(name, ())]
            if (
                name in CACHES
                or any(_kept(one) == "inside" for one in functions)
                or any(_kept(one) for one in self._callable.get(name, ()))
                or (not functions and name not in self._classes)
            ):
                return _ANYTHING
        return needed

    def _follow(self, name: str) -> frozenset[Place]:
        """The bodies of this name that ran, and those of the names that they mention, and so on."""
        known = self._followed.get(name)
        if known is not None:
            return known
        found: set[Place] = set()
        waiting, seen = [name], {name}
        while waiting:
            current = waiting.pop()
            mentioned = set(self._stands_for.get(current, ()))
            for place, body in self._ran.get(current, ()):
                found.add(place)
                mentioned.update(_used_by(body))
            fresh = mentioned - seen - _OF_CLASSES
            seen |= fresh
            waiting += [other for other in fresh if other in self._ran or other in self._stands_for]
        self._looked_up |= seen
        result = self._followed[name] = frozenset(found)
        return result

"""What the memory of the process can hide: a body that a test did not run because an earlier test's result was kept.

A function whose decorator may answer for it (`lru_cache`, or one that is not known), or one that keeps what it computed in a
global variable, a closure or a long-lived object, can spare a test the bodies that it ran for an earlier one. Those bodies ran
in the same test as the function: they are looked for there, from name to name, so more are added than were hidden, never fewer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence

from pyroaring import BitMap

from lamina.tracing.analysis import GENERATOR, HEARS, Analysis, Body, Definition
from lamina.tracing.inert import CACHES
from lamina.workers.reachable import reachable

__all__ = ["Memory", "Place", "class_of"]

# (path, body's number there)
Place = tuple[str, int]
# Kept in the object, not in the decorator.
_IN_THE_OBJECT = "cached_property"
_KEEPING = frozenset({"inside", "self"})
# Found through the names of classes: whoever has such a method run names the class, or one that is based on it.
_OF_CLASSES = frozenset({"__init__", "__new__", "__init_subclass__"})
_ANYTHING = ""
# The number of a body that has not run before.
_NEW = -1


def class_of(body: Body) -> str:
    """The simple name of the class that a body is a method of; empty for a function."""
    return body.name.partition("#")[0].rpartition(".")[0].rpartition(".")[2]


def _name_of(body: Body) -> str:
    return body.name.partition("#")[0].rpartition(".")[2]


def _used_by(body: Body) -> frozenset[str]:
    """What it uses, without those names of its own that are mentions only because a change of their headers is one of it."""
    own = body.name.partition("#")[0].split(".")
    names = set(body.mentions).difference(own)
    return frozenset(_keys(names, body.bare)).union(body.used_of_own, (f".{name}" for name in body.used_of_own))


def _keys(names: Iterable[str], bare: Container[str]) -> Iterator[str]:
    """How names are looked up: with a dot in front those that may be an attribute. (Objects of a class have brackets behind it.)"""
    return (name if name in bare else f".{name}" for name in names)


def _found_by(body: Body) -> list[str]:
    """The keys that lead to a function: no bare name leads to a method."""
    name, outer = _name_of(body), class_of(body)
    found = [f".{name}"] if name not in _OF_CLASSES else []
    if not outer:
        found.append(name)
    elif name.startswith("__") and name.endswith("__"):
        found += [outer, f".{outer}"]  # who names the class has it run
        if name not in _OF_CLASSES:
            found.append(f"{outer}()")
    return found


def _stands_for(definition: Definition) -> set[str]:
    """The keys of what a value has or is: of what was called to make it, only objects are there."""
    called = set() if definition.is_lazy else {call.rpartition(".")[2] for call in definition.calls}
    mentioned = set(definition.mentions)
    return {*_keys(mentioned - called, definition.bare), *(f"{name}()" for name in mentioned & called)}


def _kept(body: Body) -> str:
    """Whether the body itself keeps what it computed: "inside" or "self"; empty if it does not."""
    first = body.memory.partition(" ")[0]
    return first if first in _KEEPING else ""


def _decorators(body: Body) -> list[str]:
    """Those that may answer for it, by their dotted names."""
    return [word for word in body.memory.split() if word not in _KEEPING]


class Memory:
    """Grows with each test; `hidden` answers for the test that ran last, and `learn` takes it up.

    Called for each test, so what it needs is kept at hand: `_answered` are the numbers of functions that may be answered for,
    with the class of whose objects one has to outlive the test for that (`_ANYTHING`: none), and `_leading` says from
    which mentioned names they are reached, directly or through tables and aliases. Names are keys as `_keys` gives them.
    """

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._bodies: list[Body] = []
        self._numbers: dict[Place, int] = {}
        # By number: what a body uses.
        self._used: list[frozenset[str]] = []
        # And what leads to it.
        self._found_by: list[list[str]] = []
        # By number, of those that may answer: all that ran for it in some test.
        self._spared: dict[int, BitMap] = {}
        self._traces: set[frozenset[int]] = set()
        self._functions: dict[str, list[Body]] = defaultdict(list)
        self._classes: set[str] = set()
        self._callable: dict[str, list[Body]] = defaultdict(list)
        self._decorated: list[int] = []
        self._decorators: set[str] = set()
        self._defined_by: dict[str, set[str]] = defaultdict(set)
        self._stands_for: dict[str, set[str]] = defaultdict(set)
        self._standing: dict[str, frozenset[str]] = {}
        self._answered: dict[int, str] = {}
        self._leading: dict[str, set[int]] = {}
        self._is_stale = False
        self._inputs: dict[Place, frozenset[str]] = {}

    def inputs(self, place: Place) -> frozenset[str]:
        """What was read when the body ran first: by its test, as nobody knows by which of the test's bodies."""
        return self._inputs.get(place, frozenset())

    def learn(
        self, ran: Sequence[tuple[Place, Body]], inputs: frozenset[str], spared: Iterable[tuple[Place, Body]] = ()
    ) -> None:
        """These bodies have run together, for somebody who read these inputs and was `spared` those others."""
        for place, body in ran:
            if place not in self._numbers:
                self._add(place, body, inputs)
        trace = frozenset(self._number(place, body) for place, body in (*ran, *spared))
        if trace in self._traces:
            return
        self._traces.add(trace)
        answering = [number for number in trace if self._bodies[number].memory]
        if not answering:
            return
        reached = reachable(self._following(trace))
        for number in answering:
            self._spared.setdefault(number, BitMap()).update(reached[number])

    def knows(self, analysis: Analysis) -> None:
        """Whose definitions names may stand for: a table of functions is one way to call them."""
        for definition in analysis.definitions:
            names = {f".{definition.name}"} if definition.is_member else {definition.name, f".{definition.name}"}
            if definition.is_value:
                mentioned = _stands_for(definition)
                for key in mentioned:
                    self._defined_by[key].update(names)
            elif definition.bases is not None:  # a class, whose bases' methods run as its own
                mentioned = {*definition.also, *(f".{name}" for name in definition.also), *definition.bases} - {HEARS}
                self._stands_for[f"{definition.name}()"].update(f"{base}()" for base in definition.bases)
            else:
                continue
            for name in names:
                self._stands_for[name].update(mentioned)
        self._standing.clear()
        self._is_stale = True

    def hidden(
        self, own: Iterable[tuple[Place, Body]], lasting: frozenset[str], fixtures: Container[Place] = ()
    ) -> set[Place]:
        """Bodies that a test which ran its `own` may depend on besides; `lasting` are classes some of whose objects may
        outlive it, `fixtures` those of its own bodies that shared fixtures may have run for it."""
        if self._is_stale:
            self._refresh()
        answered: set[int] = set()
        # What keeps something may have read it for an earlier test.
        found = BitMap()
        started: set[int] = set()
        for place, body in own:
            number = self._numbers.get(place, _NEW)
            if body.memory == GENERATOR and place not in fixtures:
                started.add(number)
            kept = _kept(body)
            if kept == "inside" or (kept == "self" and class_of(body) in lasting):
                if number != _NEW:
                    found |= self._spared[number]
            else:
                used = self._used[number] if number != _NEW else _used_by(body)
                answered.update(*(self._leading[key] for key in used & self._leading.keys()))
        for number in answered:
            needed = self._answered[number]
            # A generator that a test starts itself is none that another one has left in the middle.
            if number not in started if needed == GENERATOR else not needed or needed in lasting:
                found |= self._spared[number]
        return {self._places[number] for number in found}

    def body(self, place: Place) -> Body:
        """One that has run."""
        return self._bodies[self._numbers[place]]

    def _number(self, place: Place, body: Body) -> int:
        number = self._numbers.get(place)
        return self._add(place, body, frozenset()) if number is None else number

    def _add(self, place: Place, body: Body, inputs: frozenset[str]) -> int:
        number = self._numbers[place] = len(self._places)
        self._places.append(place)
        self._bodies.append(body)
        self._used.append(_used_by(body))
        self._found_by.append(_found_by(body))
        if inputs:
            self._inputs[place] = inputs
        name, outer = _name_of(body), class_of(body)
        self._functions[name].append(body)
        if outer:
            self._classes.add(outer)
        if name in ("__call__", "__get__"):
            self._callable[outer].append(body)
        decorators = _decorators(body)
        if decorators:
            self._decorated.append(number)
            self._decorators.update(decorator.rpartition(".")[2] for decorator in decorators)
            self._is_stale = True
        elif name in self._decorators or outer in self._decorators:
            self._is_stale = True
        return number

    def _following(self, trace: Iterable[int]) -> dict[int, list[int]]:
        """Of bodies that ran together: which of them each may have called, by their names."""
        named: dict[str, list[int]] = defaultdict(list)
        for number in trace:
            for key in self._found_by[number]:
                named[key].append(number)
        names = named.keys()
        return {
            number: [
                other for name in names & self._used[number].union(*self._stood_for(number)) for other in named[name]
            ]
            for number in trace
        }

    def _stood_for(self, number: int) -> Iterator[frozenset[str]]:
        """What the names stand for that a body uses: tables, aliases, classes with bases."""
        for name in self._used[number] & self._stands_for.keys():
            known = self._standing.get(name)
            if known is None:
                seen, waiting = {name}, [name]
                while waiting:
                    fresh = self._stands_for.get(waiting.pop(), set()) - seen
                    seen |= fresh
                    waiting += fresh
                known = self._standing[name] = frozenset(seen)
            yield known

    def _refresh(self) -> None:
        """Finds anew which functions may be answered for, and which names lead to them."""
        self._is_stale = False
        self._answered.clear()
        leading: dict[str, set[int]] = defaultdict(set)
        for number in self._decorated:
            body = self._bodies[number]
            needed = self._needed(body)
            if needed is None or _name_of(body).startswith("__"):
                continue
            self._answered[number] = needed
            waiting = list(self._found_by[number])
            seen = set(waiting)
            while waiting:
                key = waiting.pop()
                leading[key].add(number)
                fresh = self._defined_by.get(key, set()) - seen
                seen |= fresh
                waiting += fresh
        self._leading = dict(leading)

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
            functions = self._functions.get(name, ())
            if (
                name in CACHES
                or any(_kept(one) == "inside" for one in functions)
                or any(_kept(one) for one in self._callable.get(name, ()))
                or (not functions and name not in self._classes)
            ):
                return _ANYTHING
        return needed

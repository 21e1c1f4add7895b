"""Which functions a decorator may answer for, and which bodies may have been answered by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping

from pyroaring import BitMap

from lamina.tracing.analysis import GENERATOR, Analysis, Body, Definition, is_special
from lamina.tracing.closure import closure
from lamina.tracing.in_place import ASKED_ONCE
from lamina.tracing.inert import CACHES, CALLING, may_keep
from lamina.workers.body_names import found_by
from lamina.workers.calls import Calls
from lamina.workers.known_bodies import KnownBodies

__all__ = ["Answering", "kept"]

_ANYTHING = ""
# Kept in the object, not in the decorator.
_IN_THE_OBJECT = "cached_property"
# What they keep is in the object, under names that are made up.
_OF_OBJECTS = frozenset({"__missing__", "__getattr__"})
_KEEPING = frozenset({"inside", "self", "given"})


def kept(body: Body) -> str:
    """Whether the body itself keeps what it computed: "inside", "self" or "given"; empty if it does not."""
    first = body.memory.partition(" ")[0]
    return first if first in _KEEPING else ""


def _decorators(body: Body) -> list[str]:
    """Those that may answer for it, by their dotted names."""
    return [word for word in body.memory.split() if word not in _KEEPING]


class Answering:
    """Grows with each body that has run (`add`)."""

    def __init__(self, known: KnownBodies, calls: Calls) -> None:
        self._known = known
        self._calls = calls
        # Those that may be answered for, with the class of whose objects one has to outlive the test (`_ANYTHING`: none).
        self._needed: dict[int, str] = {}
        # The same of those that are found by no name, as `__missing__` is.
        self._needed_unnamed: dict[int, str] = {}
        # Names of functions that a cache was put around, where a module says so, and in functions.
        self._wrapped: set[str] = set()
        self._wrapped_inside: set[str] = set()
        # By a function of a module: what a module gave it to that may be a cache.
        self._given_to: dict[str, set[str]] = defaultdict(set)
        # Classes, and what runs of them when something is called that they decorate.
        self._classes: set[str] = set()
        self._callable: dict[str, list[Body]] = defaultdict(list)
        self._decorated: set[int] = set()
        self._decorators: set[str] = set()
        # Names that stand for others, and functions that may be answered for by the names that lead to them.
        self._defined_by: dict[str, set[str]] = defaultdict(set)
        self._leading: dict[str, set[int]] = defaultdict(set)
        # By such a function: the bodies, of those that were asked about, that use one of these names.
        self._users: dict[int, BitMap] = defaultdict(BitMap)
        self._asked = BitMap()
        self._fresh: list[int] = []
        self._is_stale = False

    def add(self, number: int) -> None:
        """A body that has run."""
        body = self._known.bodies[number]
        name, outer = body.simple_name, body.class_name
        if outer:
            self._classes.add(outer)
        if name in ("__call__", "__get__"):
            self._callable[outer].append(body)
        if name in self._decorators or outer in self._decorators:
            self._is_stale = True
        decorators = _decorators(body)
        may_be_wrapped = (name in self._given_to and not outer) or self.is_wrapped(number)
        if (decorators and body.memory != GENERATOR) or (name in ASKED_ONCE and kept(body)) or may_be_wrapped:
            self._fresh.append(number)
            self._decorators.update(decorator.rpartition(".")[2] for decorator in decorators)
        for wrapped in body.wraps:
            self._wrapped_inside.add(wrapped)
            self._fresh += self._calls.named(wrapped)

    def is_wrapped(self, number: int) -> bool:
        """Whether a cache was put around the function otherwise than by a decorator."""
        body = self._known.bodies[number]
        return body.simple_name in self._wrapped_inside or self._is_wrapped_outside(body)

    def _is_wrapped_outside(self, body: Body) -> bool:
        name = body.simple_name
        if name in self._wrapped:
            return True
        return not body.class_name and any(map(self._may_answer, self._given_to.get(name, ())))

    def define(self, analysis: Analysis, leading: Mapping[str, Iterable[str]]) -> list[int]:
        """What a module defines, and which names lead to what is found through those. Gives functions that have run and that a
        cache may be put around by it."""
        for key, names in leading.items():
            self._defined_by[key].update(names)
        given = {name for definition in analysis.definitions for name in self._given_away(definition)}
        found = [number for name in given for number in self._calls.named(name)]
        self._fresh += found
        self._is_stale = True
        return found

    def _given_away(self, definition: Definition) -> Iterable[str]:
        """Notes which functions a module may put a cache around by this; gives their names."""
        given_to = may_keep(definition.calls) if definition.is_value else set()
        if definition.is_value and (not CACHES.isdisjoint(given_to) or "defaultdict" in definition.mentions):
            self._wrapped.update(definition.mentions)
            return definition.mentions
        # Not those in quotes.
        names = ({*definition.bare} - {definition.name}).union(definition.given) if given_to else set()
        for name in names:
            self._given_to[name].update(given_to - {name})
        self._decorators.update(given_to)
        return names

    def _refresh(self) -> None:
        """Takes up what was added."""
        fresh, self._fresh = set(self._fresh), []
        self._decorated |= fresh
        if self._is_stale:
            self._is_stale = False
            self._needed.clear()
            self._needed_unnamed.clear()
            self._leading.clear()
            self._forget()
            fresh = self._decorated
        for number in fresh:
            body = self._known.bodies[number]
            if body.simple_name in self._wrapped_inside or (body.class_name and body.simple_name in _OF_OBJECTS):
                self._needed_unnamed[number] = body.class_name
                continue
            needed = self._class_needed(body)
            if needed is not None and (not is_special(body.simple_name) or body.simple_name in ASKED_ONCE):
                self._needed[number] = needed
                for key in self._ways_to(number):
                    self._leading[key].add(number)
                self._forget()

    def _forget(self) -> None:
        """Other names lead to functions than before."""
        self._users.clear()
        self._asked.clear()

    def answers(self, own: BitMap, lasting: Container[str], also: frozenset[str]) -> Iterator[int]:
        """Functions that may have answered these bodies, or what mentions the names `also`, where objects of the classes
        `lasting` outlive the test."""
        self._refresh()
        self._lead_from(own)
        by_name = self._led_by(also)
        for number, needed in self._needed.items():
            if (not needed or needed in lasting) and (number in by_name or self._users[number].intersect(own)):
                yield number
        yield from (number for number, needed in self._needed_unnamed.items() if not needed or needed in lasting)

    def given(self, trace: BitMap, answers: frozenset[int]) -> dict[int, list[int]]:
        """Which of these answers bodies may have had."""
        self._lead_from(trace)
        given: dict[int, list[int]] = defaultdict(list)
        for answer in self._users.keys() & answers:
            for number in self._users[answer] & trace:
                given[number].append(answer)
        for number in trace.intersection(BitMap(answers)):
            given[number].append(number)
        return given

    def _lead_from(self, numbers: BitMap) -> None:
        """Finds to which functions the names lead that these bodies use."""
        for number in numbers - self._asked:
            for answering in self._led_by(self._known.used(number)):
                self._users[answering].add(number)
        self._asked |= numbers

    def _led_by(self, names: frozenset[str]) -> set[int]:
        return set().union(*(self._leading[key] for key in names & self._leading.keys()))

    def _ways_to(self, number: int) -> set[str]:
        """The names that lead to a function, directly or through tables and aliases."""
        body = self._known.bodies[number]
        if body.name == "__getattr__":  # by the names that it knows
            return set(self._calls.used(number))
        return closure(found_by(body), self._defined_by)

    def _class_needed(self, body: Body) -> str | None:
        """The class of which an object has to last for a call to be answered without running the body: `_ANYTHING` if none
        has to, None if no call can be. Decorators may answer that are well known for it,
        those that are not its own (whose bodies would have run) nor known to call, and its own that keep something."""
        needed = _ANYTHING if body.simple_name in ASKED_ONCE or self._is_wrapped_outside(body) else None
        for decorator in _decorators(body):
            name = decorator.rpartition(".")[2]
            if name == _IN_THE_OBJECT:
                needed = body.class_name
                continue
            if self._may_answer(name):
                return _ANYTHING
        return needed

    def _may_answer(self, name: str) -> bool:
        """Whether something of this name may answer for a function that it is given."""
        functions = [self._known.bodies[one] for one in self._calls.named(name)]
        return (
            name in CACHES
            or any(kept(one) == "inside" for one in functions)
            or any(kept(one) for one in self._callable.get(name, ()))
            or (not functions and name not in self._classes and name not in CALLING)
        )

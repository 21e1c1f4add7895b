"""Which functions a decorator may answer for, and which bodies may have been answered by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Set

from pyroaring import BitMap

from lamina.tracing.analysis import GENERATOR, OF_MADE, Analysis, Body, Definition, is_special
from lamina.tracing.closure import closure
from lamina.tracing.in_place import ASKED_ONCE
from lamina.tracing.inert import CACHES, CALLING, may_keep
from lamina.workers.body_names import OF_CLASSES, found_by
from lamina.workers.calls import Calls
from lamina.workers.known_bodies import KnownBodies

__all__ = ["Answering", "kept"]

_ANYTHING = ""
# Kept in the object, not in the decorator.
_IN_THE_OBJECT = "cached_property"
# What they keep is in the object, under names that are made up.
_OF_OBJECTS = frozenset({"__missing__", "__getattr__"})
_KEEPING = frozenset({"inside", "self", "given"})
# Of what Python calls by itself: what may be found to have been answered.
_FOUND = ASKED_ONCE | OF_CLASSES
_NOTHING: frozenset[str] = frozenset()
_NO_METHODS: Mapping[str, set[str]] = {}


def kept(body: Body) -> str:
    """Whether the body itself keeps what it computed: "inside", "self" or "given"; empty if it does not."""
    first = body.memory.partition(" ")[0]
    return first if first in _KEEPING else ""


def _decorators(body: Body) -> list[str]:
    """Those that may answer for it, or for a function that it makes, by their simple names."""
    words = (word.removesuffix(OF_MADE) for word in body.memory.split() if word not in _KEEPING)
    return [word.rpartition(".")[2] for word in words]


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
        # By a function or class of a module: what a module gave it to that may be a cache. The same of methods, by their classes.
        self._given_to: dict[str, set[str]] = defaultdict(set)
        self._methods_given_to: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
        # By a function: with what a module gave it to `partial`.
        self._bound_to: dict[str, set[str]] = defaultdict(set)
        # By a class: those that were given and are based on it, as long as nothing is defined.
        self._given_by_base: dict[str, list[str]] = {}
        # Classes, and what runs of them when something is called that they decorate.
        self._classes: set[str] = set()
        self._callable: dict[str, list[Body]] = defaultdict(list)
        # Those that keep what they have called of what they were given.
        self._keeping_classes: set[str] = set()
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
        if name in ("__call__", "__get__") or (name in OF_CLASSES and kept(body) == "inside"):
            self._callable[outer].append(body)
        if outer and kept(body) and body.calls_given:
            self._keeping_classes.add(outer)
        if name in self._decorators or outer in self._decorators:
            self._is_stale = True
        decorators = _decorators(body)
        is_own = (decorators and body.memory != GENERATOR) or (name in ASKED_ONCE and kept(body))
        if is_own or self.may_be_wrapped(number):
            self._fresh.append(number)
            self._decorators.update(decorators)
        for wrapped in body.wraps:
            self._wrapped_inside.add(wrapped)
            self._fresh += self._calls.named(wrapped)

    def may_be_wrapped(self, number: int) -> bool:
        """Whether a module gives the function to something, which may turn out to be a cache."""
        body = self._known.bodies[number]
        is_bound = body.simple_name in self._bound_to and not body.class_name
        return is_bound or bool(self._keepers(body)) or self.is_wrapped(number)

    def is_wrapped(self, number: int) -> bool:
        """Whether a cache was put around the function otherwise than by a decorator."""
        body = self._known.bodies[number]
        return body.simple_name in self._wrapped_inside or self._is_wrapped_outside(body)

    def _is_wrapped_outside(self, body: Body) -> bool:
        keepers = self._keepers(body)
        if body.simple_name in self._wrapped or any(map(self._keeps, keepers)) or self._keeping_classes & keepers:
            return True
        # What libraries are given a class for is mostly to know it.
        if body.simple_name not in OF_CLASSES and any(map(self._may_answer, keepers)):
            return True
        return not body.class_name and any(map(self._is_own_cache, self._bound_to.get(body.simple_name, ())))

    def _is_own_cache(self, name: str) -> bool:
        """Whether a function of the project of this name keeps results."""
        functions = [self._known.bodies[one] for one in self._calls.named(name)]
        return any(kept(one) == "inside" or any(map(self._may_answer, _decorators(one))) for one in functions)

    def _keepers(self, body: Body) -> Set[str]:
        """What a module gave a function, a method of something, or a class (which is its constructor) to."""
        name, outer = body.simple_name, body.class_name
        if not outer:
            return self._given_to.get(name, _NOTHING)
        if name in OF_CLASSES:
            return _NOTHING.union(*(self._given_to[given] for given in self._classes_given(outer)))
        of_methods = self._methods_given_to.get(name, _NO_METHODS).items()
        return _NOTHING.union(*(keepers for given, keepers in of_methods if self._calls.is_based_on(given, outer)))

    def _classes_given(self, base: str) -> list[str]:
        """The class, and those based on it, as far as a module gave them to something."""
        found = self._given_by_base.get(base)
        if found is None:
            given = [name for name, keepers in self._given_to.items() if keepers and self._calls.is_class(name)]
            found = self._given_by_base[base] = [name for name in given if self._calls.is_based_on(name, base)]
        return found

    def is_cached(self, body: Body) -> bool:
        """Whether a well-known cache is around the function, or what may be one."""
        caches = (name for name in _decorators(body) if name != _IN_THE_OBJECT)
        return any(map(self._may_answer, caches)) or self._is_wrapped_outside(body)

    def define(self, analysis: Analysis, leading: Mapping[str, Iterable[str]]) -> list[int]:
        """What a module defines, and which names lead to what is found through those. Gives functions that have run and that a
        cache may be put around by it."""
        for key, names in leading.items():
            self._defined_by[key].update(names)
        self._given_by_base.clear()
        made = {one.name: one.calls for one in analysis.definitions if one.is_value}
        given_away = {name for definition in analysis.definitions for name in self._given_away(definition, made)}
        found = [number for name in given_away for number in self._calls.named(name)]
        self._fresh += found
        self._is_stale = True
        return found

    def _given_away(self, definition: Definition, made: Mapping[str, Iterable[str]]) -> Iterable[str]:
        """Notes which functions a module, whose variables were `made` by these calls, may put a cache around by this; gives their
        names."""
        given_to = may_keep(definition.calls) if definition.is_value else set()
        if definition.is_value and (not CACHES.isdisjoint(given_to) or "defaultdict" in definition.mentions):
            self._wrapped.update(definition.mentions)
            return definition.mentions
        if definition.is_value and "partial" in definition.mentions:
            for name in definition.bare:
                self._bound_to[name].update({*definition.bare} - {name, definition.name})
            self._decorators.update(definition.bare)
        # Not those in quotes.
        names: set[str] = {*definition.bare} - {definition.name} if given_to else set()
        for given in definition.given if given_to else ():
            start, _, attribute = given.rpartition(".")
            names.add(attribute)
            for owner in (start, *made.get(start, ())):
                self._methods_given_to[attribute][owner].update(given_to)
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
            if needed is not None and (not is_special(body.simple_name) or body.simple_name in _FOUND):
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
        also = [f"{body.simple_name}()"] if OF_MADE in body.memory else []
        if body.simple_name in OF_CLASSES:
            also += self._classes_given(body.class_name)
        elif body.simple_name in ASKED_ONCE and not is_special(body.simple_name):
            also += [body.class_name, f".{body.class_name}"]  # `_missing_` of an enumeration
        return closure([*found_by(body), *also], self._defined_by)

    def _class_needed(self, body: Body) -> str | None:
        """The class of which an object has to last for a call to be answered without running the body: `_ANYTHING` if none
        has to, None if no call can be. Decorators may answer that are well known for it,
        those that are not its own (whose bodies would have run) nor known to call, and its own that keep something."""
        needed = _ANYTHING if body.simple_name in ASKED_ONCE or self._is_wrapped_outside(body) else None
        for name in _decorators(body):
            if name == _IN_THE_OBJECT:
                needed = body.class_name
                continue
            if self._may_answer(name):
                return _ANYTHING
        return needed

    def _may_answer(self, name: str) -> bool:
        """Whether something of this name may answer for a function that it is given."""
        is_own = bool(self._calls.named(name)) or name in self._classes
        return name in CACHES or self._keeps(name) or not (is_own or name in CALLING)

    def _keeps(self, name: str) -> bool:
        """Whether a function or class of the project of this name keeps something."""
        functions = (self._known.bodies[one] for one in self._calls.named(name))
        return any(kept(one) == "inside" for one in functions) or any(map(kept, self._callable.get(name, ())))

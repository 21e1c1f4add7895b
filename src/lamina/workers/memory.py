"""What the memory of the process can hide: a body that a test did not run because an earlier test's result was kept.

A function whose decorator may answer for it (`lru_cache`, or one that is not known), or one that keeps what it computed in a
global variable, a closure or a long-lived object, can spare a test the bodies that it ran for an earlier one. Those bodies ran
in the same test as the function: they are looked for there, from name to name, so more are added than were hidden, never fewer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Container, Iterable, Iterator

from pyroaring import BitMap

from lamina.tracing.analysis import GENERATOR, HEARS, Analysis, Body
from lamina.tracing.inert import CACHES, CALLING
from lamina.tracing.made_up import MENTION
from lamina.tracing.reading import ANY
from lamina.workers.body_names import OF_CLASSES, class_of, found_by, name_of, stands_for, used_by
from lamina.workers.reachable import reachable

__all__ = ["Memory", "Place"]

# (path, body's number there)
Place = tuple[str, int]
# Kept in the object, not in the decorator.
_IN_THE_OBJECT = "cached_property"
_KEEPING = frozenset({"inside", "self"})
_ANYTHING = ""
# By these names are found that nobody wrote down.
_MAKING_UP = frozenset({"getattr", "eval", "exec", ".attrgetter", "attrgetter", ".methodcaller", "methodcaller"})
# The number of a body that has not run before.
_NEW = -1


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
    which mentioned names they are reached, directly or through tables and aliases. Names are keys as `body_names.keys` gives them.
    """

    def __init__(self) -> None:
        self._places: list[Place] = []
        self._bodies: list[Body] = []
        self._numbers: dict[Place, int] = {}
        # By number: what a body uses.
        self._used: list[frozenset[str]] = []
        # Whether it keeps what it computed, or those that it calls do: as `_kept`. What decides what it does.
        self._keeps: list[str] = []
        self._deciding: list[frozenset[str]] = []
        # And what leads to it.
        self._found_by: list[list[str]] = []
        # By number, of those that may answer: all that ran for it in some test.
        self._spared: dict[int, BitMap] = {}
        # What has run together so far, as hashes: there are as many as tests.
        self._traces: set[int] = set()
        self._functions: dict[str, list[Body]] = defaultdict(list)
        self._classes: set[str] = set()
        self._callable: dict[str, list[Body]] = defaultdict(list)
        self._decorated: list[int] = []
        self._decorators: set[str] = set()
        self._defined_by: dict[str, set[str]] = defaultdict(set)
        self._stands_for: dict[str, set[str]] = defaultdict(set)
        self._standing: dict[str, frozenset[str]] = {}
        self._answered: dict[int, str] = {}
        # By their names: functions that are generators, or make some.
        self._generators: dict[str, set[int]] = defaultdict(set)
        self._leading: dict[str, set[int]] = {}
        self._is_stale = False
        self._inputs: dict[Place, frozenset[str]] = {}

    def inputs(self, place: Place) -> frozenset[str]:
        """What was read when the body ran first: by its test, as nobody knows by which of the test's bodies."""
        return self._inputs.get(place, frozenset())

    def learn(
        self, ran: Iterable[tuple[Place, Body]], inputs: frozenset[str], answers: Collection[int] = (),
        imported: Iterable[tuple[Place, Body]] = (),
    ) -> None:  # fmt: skip
        """These bodies have run together, for somebody who read these inputs and had those `answers` (as `hidden` says);
        `imported` are those that ran while it imported something."""
        own = frozenset([self._number(place, body, inputs) for place, body in ran])
        behind = frozenset([self._number(place, body) for place, body in imported])
        trace = own | behind
        digest = hash((own, behind, *((number, len(self._spared[number])) for number in sorted(answers))))
        if digest in self._traces:
            return
        self._traces.add(digest)
        following = self._following(trace, behind, inputs)
        answering = [
            number
            for number in trace
            if self._bodies[number].memory or self._has_others_keep(number, following[number])
        ]
        if not answering:
            return
        reached = reachable(following)
        had = self._had(trace, answers)
        for number in answering:
            found = reached[number]
            self._spared.setdefault(number, BitMap()).update(found, *(had[one] for one in had.keys() & found))

    def _had(self, trace: Iterable[int], answers: Collection[int]) -> dict[int, BitMap]:
        """What each body was spared that may have had one of these answers."""
        had: dict[int, BitMap] = {}
        if answers:
            for number in trace:
                keys = self._used[number] & self._leading.keys()
                given = {one for key in keys for one in self._leading[key] if one in answers}
                if number in answers:
                    given.add(number)
                if given:
                    had[number] = BitMap.union(*(self._spared[one] for one in given))
        return had

    def knows(self, analysis: Analysis) -> None:
        """Whose definitions names may stand for: a table of functions is one way to call them."""
        for definition in analysis.definitions:
            names = {f".{definition.name}"}
            if definition.bases is not None or not definition.is_member:
                names.add(definition.name)
            if definition.is_value:
                mentioned = stands_for(definition)
                for key in mentioned:
                    self._defined_by[key].update(names)
                    if key.endswith("()"):  # a function that it makes and returns may do what is in the maker's body
                        used = (used_by(body) for body in self._functions.get(key[:-2], ()))
                        self._stands_for[key].update(*used)
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
    ) -> tuple[set[Place], set[int]]:
        """Bodies that a test which ran its `own` may depend on besides; `lasting` are classes and generators some of whose objects
        may outlive it, `fixtures` those of its own bodies that shared fixtures may have run for it. With them, for `learn`, by
        whose answers."""
        if self._is_stale:
            self._refresh()
        # What keeps something may have read it for an earlier test.
        answers: set[int] = set()
        possible: set[int] = set()
        # A generator that a test starts itself is none that another one has left in the middle.
        started: set[int] = set()
        for place, body in own:
            number = self._numbers.get(place, _NEW)
            if body.memory == GENERATOR and place not in fixtures:
                started.add(number)
            kept = self._keeps[number] if number != _NEW else ""
            if kept == "inside" or (kept == "self" and class_of(body) in lasting):
                answers.add(number)
            used = self._used[number] if number != _NEW else used_by(body)
            possible.update(*(self._leading[key] for key in used & self._leading.keys()))
        for number in possible:
            needed = self._answered[number]
            if not needed or needed in lasting:
                answers.add(number)
        for name in self._generators.keys() & lasting:
            answers |= self._generators[name] - started
        found = BitMap.union(*(self._spared[number] for number in answers)) if answers else ()
        return {self._places[number] for number in found}, answers

    def _has_others_keep(self, number: int, called: Iterable[int]) -> bool:
        """Whether what decides what a body does is changed by those that it calls: it may not call them again. Attributes of its
        object are changed by methods of its class, or of one that is based on it or that it is based on."""
        deciding = self._deciding[number]
        if deciding and self._keeps[number] != "inside":
            for other in called:
                for name in self._bodies[other].changes:
                    if name in deciding:
                        self._keeps[number] = "inside"
                    elif f".{name}" in deciding and not self._keeps[number] and self._is_related(number, other):
                        self._keeps[number] = "self"
        return bool(self._keeps[number])

    def _is_related(self, one: int, other: int) -> bool:
        classes = class_of(self._bodies[one]), class_of(self._bodies[other])
        if name_of(self._bodies[one]) in OF_CLASSES or not all(classes):
            return False  # a new object remembers nothing
        ways = (classes, classes[::-1])
        return any(f"{base}()" in self._what_stands_for(f"{kind}()") for kind, base in ways)

    def _number(self, place: Place, body: Body, inputs: frozenset[str] = frozenset()) -> int:
        number = self._numbers.get(place)
        return self._add(place, body, inputs) if number is None else number

    def _add(self, place: Place, body: Body, inputs: frozenset[str]) -> int:
        number = self._numbers[place] = len(self._places)
        self._places.append(place)
        self._bodies.append(body)
        self._used.append(used_by(body))
        self._found_by.append(found_by(body))
        self._keeps.append(_kept(body))
        self._deciding.append(frozenset(body.deciding))
        if inputs:
            self._inputs[place] = inputs
        name, outer = name_of(body), class_of(body)
        self._functions[name].append(body)
        if f"{name}()" in self._stands_for:
            self._stands_for[f"{name}()"] |= self._used[number]
            self._standing.clear()
        if outer:
            self._classes.add(outer)
        if name in ("__call__", "__get__"):
            self._callable[outer].append(body)
        decorators = _decorators(body)
        if body.memory == GENERATOR:
            self._generators[name].add(number)
        elif decorators:
            self._decorated.append(number)
            self._decorators.update(decorator.rpartition(".")[2] for decorator in decorators)
            self._is_stale = True
        elif name in self._decorators or outer in self._decorators:
            self._is_stale = True
        return number

    def _following(self, trace: Iterable[int], behind: Iterable[int], inputs: Iterable[str]) -> dict[int, list[int]]:
        """Of bodies that ran together: which of them each may have called, by their names. Those `behind` an import may be
        called by what imports."""
        named: dict[str, list[int]] = defaultdict(list)
        for number in trace:
            for key in self._found_by[number]:
                named[key].append(number)
        made_up = {key.replace(f"{MENTION}:", ".", 1) for key in inputs if key.startswith(f"{MENTION}:")}
        if f".{ANY}" in made_up:
            made_up = set(named)
        names = named.keys()
        following: dict[int, list[int]] = {}
        for number in trace:
            body = self._bodies[number]
            used = self._used[number].union(*self._stood_for(number))
            if body.made_up or not _MAKING_UP.isdisjoint(used):
                used |= made_up
            following[number] = [other for name in names & used for other in named[name]]
            if body.imports:
                following[number] += behind
        return following

    def _stood_for(self, number: int) -> Iterator[frozenset[str]]:
        """What the names stand for that a body uses: tables, aliases, classes with bases."""
        return map(self._what_stands_for, self._used[number] & self._stands_for.keys())

    def _what_stands_for(self, name: str) -> frozenset[str]:
        known = self._standing.get(name)
        if known is None:
            seen, waiting = {name}, [name]
            while waiting:
                fresh = self._stands_for.get(waiting.pop(), set()) - seen
                seen |= fresh
                waiting += fresh
            known = self._standing[name] = frozenset(seen)
        return known

    def _refresh(self) -> None:
        """Finds anew which functions may be answered for, and which names lead to them."""
        self._is_stale = False
        self._answered.clear()
        leading: dict[str, set[int]] = defaultdict(set)
        for number in self._decorated:
            body = self._bodies[number]
            needed = self._needed(body)
            if needed is None or name_of(body).startswith("__"):
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
        has to, None if no call can be. Decorators may answer that are well known for it,
        those that are not its own (whose bodies would have run) nor known to call, and its own that keep something."""
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
                or (not functions and name not in self._classes and name not in CALLING)
            ):
                return _ANYTHING
        return needed

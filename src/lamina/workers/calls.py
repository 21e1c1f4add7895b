"""Which bodies may call which, as far as their names tell."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping

from pyroaring import BitMap

from lamina.tracing.analysis import HEARS, Analysis
from lamina.tracing.closure import closure
from lamina.tracing.made_up import MENTION
from lamina.tracing.reading import ANY
from lamina.tracing.surveying import MAKING_UP
from lamina.workers.body_names import OF_CLASSES, found_by, stands_for
from lamina.workers.known_bodies import KnownBodies

__all__ = ["Calls"]

# By these names are found that nobody wrote down.
_MAKING_UP = MAKING_UP | {".attrgetter", ".methodcaller"}


class Calls:
    """Grows with each body that has run (`add`). What a body may call is kept as long as names stand for the same."""

    def __init__(self, known: KnownBodies) -> None:
        self._known = known
        # By a name: the bodies that it leads to, and what it stands for, directly and by all ways.
        self._found: dict[str, list[int]] = defaultdict(list)
        self._stands_for: dict[str, set[str]] = defaultdict(set)
        self._standing: dict[str, frozenset[str]] = {}
        # By number: what a body may call. By a name: whose it is among those.
        self._called: dict[int, BitMap] = {}
        self._users: dict[str, list[int]] = defaultdict(list)
        # By what makes a class, its metaclass or decorator: the classes.
        self._made_by: dict[str, set[str]] = defaultdict(set)
        self._classes: set[str] = set()
        # By a class: what it puts those into that are based on it (True), or whose metaclass it is; whether they lead there yet.
        self._noting: dict[tuple[bool, str], set[str]] = defaultdict(set)
        self._are_noted = True
        # By a function: what modules gave it, as a decorator or otherwise.
        self._handed: dict[str, set[str]] = defaultdict(set)
        # Names of variables of modules.
        self._variables: set[str] = set()
        # Which of these call names that they make up.
        self._making_up = BitMap()
        # How often names have come to stand for something else.
        self.turns = 0

    def add(self, number: int) -> None:
        """A body that has run."""
        body = self._known.bodies[number]
        if body.class_name and body.changes and body.simple_name in OF_CLASSES:
            self._noting[body.simple_name == "__init_subclass__", body.class_name].update(body.changes)
            self._are_noted = False
        for given in self._handed.get(body.simple_name, ()) if body.changes else ():
            self._puts(number, given)
        made = f"{body.simple_name}()"
        if made in self._stands_for:
            self._stands_for[made] |= self._known.used(number)
            self._forget()
        for key in found_by(body):
            self._found[key].append(number)
            for user in self._users.get(key, ()):
                self._called[user].add(number)

    def define(self, analysis: Analysis) -> dict[str, set[str]]:
        """What a module's names stand for: a table of functions is one way to call them. Gives which names lead there, by what
        is found through them."""
        leading: dict[str, set[str]] = defaultdict(set)
        for definition in analysis.definitions:
            names = {f".{definition.name}"}
            if definition.bases is not None or not definition.is_member:
                names.add(definition.name)
            if definition.is_value:
                for called in set(definition.calls).difference(definition.of_libraries):
                    for other in {*definition.bare} - {called, definition.name}:
                        self._hand(called, other)
                if not definition.is_member:
                    self._variables.update(names)
                mentioned = stands_for(definition)
                for key in mentioned:
                    leading[key].update(names)
                    if key.endswith("()"):  # a function that it makes and returns may do what is in the maker's body
                        self._stands_for[key].update(*map(self._known.used, self.named(key[:-2])))
            elif definition.bases is not None:  # a class, whose bases' methods run as its own
                mentioned = {*definition.also, *(f".{name}" for name in definition.also), *definition.bases} - {HEARS}
                self._stands_for[f"{definition.name}()"].update(f"{base}()" for base in definition.bases)
                self._classes.add(definition.name)
                for maker in definition.calls:
                    self._made_by[maker].add(definition.name)
            else:
                for called in definition.calls:
                    self._hand(called, definition.name)
                continue
            for name in names:
                self._stands_for[name].update(mentioned)
        for called, given in analysis.handed:
            for name in given:
                self._hand(called, name)
        self._are_noted = False
        self._forget()
        return leading

    def _hand(self, called: str, given: str) -> None:
        """A module gives something to a function or method of this name, as a decorator or otherwise."""
        if given not in self._handed[called]:
            self._handed[called].add(given)
            for number in self.named(called):
                if self._known.bodies[number].simple_name == called:  # no method that is found by its class
                    self._puts(number, given)

    def _puts(self, number: int, given: str) -> None:
        """What a function changes leads to what it was given."""
        for name in self._known.bodies[number].changes:
            if given not in self._stands_for[f".{name}"]:
                self._stands_for[f".{name}"].add(given)
                self._stands_for[name].add(given)
                self._forget()

    def _take_note(self) -> None:
        """Classes that take note of those that are based on them, or whose metaclass they are: what they note these in leads
        there."""
        self._are_noted = True
        for (is_by_base, owner), names in self._noting.items():
            noted = self._based_on({owner} if is_by_base else self._made_by.get(owner, set())) - {owner}
            for key in [*names, *(f".{name}" for name in names)]:
                if not noted <= self._stands_for[key]:
                    self._stands_for[key] |= noted
                    self._forget()

    def named(self, name: str) -> list[int]:
        """Functions and methods of this name that have run."""
        return self._found.get(f".{name}", [])

    def is_class(self, name: str) -> bool:
        """Whether a module defines a class of this name."""
        return name in self._classes

    def is_based_on(self, name: str, base: str) -> bool:
        """Whether a class of this name may be based on one of that name."""
        return f"{base}()" in self._all_that(f"{name}()")

    def is_handed(self, number: int, own: BitMap, lasting: Container[str], fixtures: BitMap) -> bool:
        """Whether one of the bodies that a test has run, its `own`, may give this one something that outlives the test: a variable
        of a module, an object of one of the classes `lasting`, whose method it is, or what a shared fixture made; pytest
        gives hooks and fixtures its own objects."""
        asking = self._known.bodies[number]
        if asking.simple_name.startswith("pytest_") or "request" in asking.mentions:
            return True
        waiting, seen = [number], BitMap([number])
        while waiting:
            given = waiting.pop()
            for other in own - seen:
                if given in self._called_by(other):
                    if self._has_lasting(other, lasting) or (fixtures and self._known.is_test(other)):
                        return True
                    # A fixture may have it from another one, a constructor from who calls it.
                    if (fixtures and given == number) or self._known.bodies[other].simple_name in OF_CLASSES:
                        seen.add(other)
                        waiting.append(other)
        return False

    def have_variable(self, names: Iterable[str], others: Iterable[str]) -> bool:
        """Whether a variable of a module is among both."""
        return not self._variables.isdisjoint(set(names).intersection(others))

    def _has_lasting(self, number: int, lasting: Container[str]) -> bool:
        is_method = self._known.bodies[number].class_name in lasting
        return is_method or not self._variables.isdisjoint(self._known.used(number))

    def bases(self, name: str) -> set[str]:
        """What a class of this name may be based on."""
        return {key[:-2] for key in self._all_that(f"{name}()") if key.endswith("()")}

    def made_up_by(self, readers: Mapping[str, Iterable[int]]) -> dict[int, BitMap]:
        """By a body: those that are found by the names among the inputs of which it is known that it made them up."""
        found: dict[int, BitMap] = defaultdict(BitMap)
        for key, numbers in readers.items():
            if key.startswith(f"{MENTION}:"):
                named = self.made_up([key])
                for number in numbers if named else ():
                    found[number] |= named
        return found

    def made_up(self, inputs: Iterable[str]) -> BitMap:
        """Bodies that are found by the names among the inputs."""
        names = {key.replace(f"{MENTION}:", ".", 1) for key in inputs if key.startswith(f"{MENTION}:")}
        return self._found_by(self._found if f".{ANY}" in names else names)

    def called_by(self, trace: BitMap) -> BitMap:
        """Those that any of these may call."""
        return BitMap.union(BitMap(), *map(self._called_by, trace))

    def among(
        self, trace: BitMap, behind: BitMap, made_up: BitMap, made_up_by: Mapping[int, BitMap]
    ) -> dict[int, list[int]]:
        """Of bodies that ran together: which of them each may have called. Those `behind` an import may be called by what
        imports, those whose names were `made_up` by what makes names up, unless it is known by whom."""
        called = {number: self._called_by(number) & trace for number in trace}
        for number in made_up_by.keys() & called.keys():
            called[number] |= made_up_by[number] & trace
        for number in self._making_up & trace if made_up else ():
            called[number] |= made_up
        for number in trace if behind else ():
            if self._known.bodies[number].imports:
                called[number] |= behind
        for number in trace:
            if self._known.bodies[number].calls_given:  # what its callers may have given it
                called[number] = BitMap.union(called[number], *(found for found in called.values() if number in found))
        return {number: list(found) for number, found in called.items()}

    def used(self, number: int, but: Container[str] = ()) -> frozenset[str]:
        """The keys of what a body uses, `but` for these names, and of what the others stand for."""
        own = self._known.used(number) | self._makes(number)
        if but:
            own = frozenset(key for key in own if key.removeprefix(".") not in but)
        return own.union(*map(self._all_that, own & self._stands_for.keys()))

    def _makes(self, number: int) -> set[str]:
        """The classes whose metaclass or decorator the body is of, and those that are based on them."""
        body = self._known.bodies[number]
        made = self._made_by.get(body.simple_name, set()) | self._made_by.get(body.class_name, set())
        return self._based_on(made)

    def _based_on(self, classes: set[str]) -> set[str]:
        """These classes and those that are based on one of them."""
        return {name for name in self._classes if not classes.isdisjoint(self.bases(name))} if classes else classes

    def _called_by(self, number: int) -> BitMap:
        called = self._called.get(number)
        if called is None:
            used = self.used(number)
            called = self._found_by(used)
            if not self._known.is_test(number):
                self._called[number] = called
                for key in used:
                    self._users[key].append(number)
            if self._known.bodies[number].made_up or not _MAKING_UP.isdisjoint(used):
                self._making_up.add(number)
        return called

    def _found_by(self, keys: Iterable[str]) -> BitMap:
        return BitMap([number for key in keys if key in self._found for number in self._found[key]])

    def _all_that(self, name: str) -> frozenset[str]:
        """All that a name stands for: tables, aliases, classes with bases."""
        if not self._are_noted:
            self._take_note()
        known = self._standing.get(name)
        if known is None:
            known = self._standing[name] = frozenset(closure([name], self._stands_for))
        return known

    def _forget(self) -> None:
        """A name stands for something else."""
        self.turns += 1
        self._standing.clear()
        self._called.clear()
        self._users.clear()
        self._making_up.clear()

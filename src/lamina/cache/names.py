"""Who mentions a changed name, however it gets there: through imports, assignments, headers, aliases, base classes, registries.

A name is changed at a place: the path of the module that defines it, or anywhere (an empty path) where that is not known. A
bare mention is looked up in its own module; what is imported comes from the module that it is imported from; an attribute or
a string may be of any object.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import NamedTuple

from pyroaring import BitMap

from lamina.cache.described import Described
from lamina.cache.differences import DOCS, Change, is_of_tests
from lamina.cache.inventing import MadeUp
from lamina.cache.order import Order
from lamina.cache.present import NOTED, Present
from lamina.cache.recording import decode_analysis
from lamina.cache.scopes import ANYWHERE, Place, Scopes
from lamina.cache.subclassing import Subclassing
from lamina.cache.trees import Trees
from lamina.tracing.analysis import HEARS, Analysis, Body, Definition
from lamina.tracing.made_up import MENTION
from lamina.tracing.reading import ANY, MEMBERS, OWN

__all__ = ["Mentioning", "Names", "Places"]

# Methods that run when a class is made, instantiated, subclassed or put on something as a decorator.
_MAKING = frozenset(
    {"__init__", "__new__", "__call__", "__set_name__", "__init_subclass__", "__prepare__", "__class_getitem__"}
)
# What functions and objects have of their own: who has such a one by another name is told by that.
_OF_FUNCTIONS = frozenset(
    {
        "__annotations__", "__code__", "__defaults__", "__dict__", "__doc__", "__globals__", "__kwdefaults__", "__module__",
        "__name__", "__qualname__", "__signature__", "__wrapped__",
    }
)  # fmt: skip
# How deep calls are followed to find what a decorator changes in place.
_DEPTH = 3
# With these a body may read annotations.
_READERS = (
    "__annotations__", "get_type_hints", "get_annotations", "signature", "getfullargspec", "__signature__", "__wrapped__",
)  # fmt: skip
# Of a block: what it mentions, what of that is bare, what it makes up, what it fills.
_Mentions = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], tuple[str, ...]]


class Places(set[Place]):
    """Changed names, each with the path of the module in which it changed, or an empty one. Complete when it is first asked.
    `remade` are the modules in which something is made of a changed name."""

    def __init__(self) -> None:
        super().__init__()
        self.remade: set[str] = set()

    @cached_property
    def _by_name(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = defaultdict(set)
        for name, path in self:
            found[name].add(path)
        return dict(found)

    @cached_property
    def modules(self) -> set[str]:
        """The paths of the modules in which names changed."""
        return {path for _, path in self}

    def has(self, names: Iterable[str], path: str, defined: Collection[str]) -> bool:
        """Whether one of `names` changed for the module at `path`, which defines the names `defined`."""
        for name in names:
            places = self._by_name.get(name)
            if places and (path in places or ANYWHERE in places or name not in defined):
                return True
        return False


class Mentioning(NamedTuple):
    """`items` (bodies and effects) mention a changed name, as do those of `ran`, some of which do so only in the annotation of what
    they call, which may be called with an object that was made by it: these count for a test that ran them itself. `asking` mention
    what has such an annotation: they count for a test that ran one of `reading`, too, which read annotations."""

    items: BitMap
    ran: BitMap
    asking: BitMap
    reading: BitMap
    places: Places


class Names:
    """Reads the blocks of all modules on record when the first changed name is asked about."""

    def __init__(
        self, connection: sqlite3.Connection, present: Present, analysis_now: Callable[[str], Analysis | None]
    ) -> None:
        self._connection = connection
        self._present = present
        self._analysis_now = analysis_now
        self._is_read = False
        self._scopes = Scopes(present)
        self._subclassing = Subclassing(self._scopes)
        self._order = Order(present)
        self._trees = Trees(present.source)
        self._described = Described(self._scopes, self._subclassing, self._trees)
        # By a name: the definitions that mention it, each with its module and whether the mention is bare.
        self._mentioners: dict[str, list[tuple[Definition, str, bool]]] = defaultdict(list)
        # The same of hints.
        self._hinters: dict[str, list[tuple[Definition, str, bool]]] = defaultdict(list)
        # Those that make up names, by what these may be and the module.
        self._making_up: dict[str, dict[str, list[Definition]]] = defaultdict(lambda: defaultdict(list))
        # By a name: functions, with their modules; those that run when an object is made also by their class's.
        self._bodies: dict[str, list[tuple[Body, str]]] = defaultdict(list)
        # What functions and classes of some names change in place.
        self._in_place: dict[frozenset[str], set[Place]] = {}
        # By a name: the items that mention it; those that mention it barely by module.
        self._items: dict[str, list[int]] = defaultdict(list)
        self._bare: dict[str, dict[str, list[int]]] = defaultdict(dict)
        # By a global variable: the items that put something into it, and nothing else with it.
        self._filling: dict[Place, list[int]] = defaultdict(list)
        self._made_up = MadeUp(self._scopes.may_have)
        # By an attribute that keeps docstrings: the modules that keep them there, whose code tells by itself that it reads them.
        self._keeping_docs: dict[str, set[str]] = defaultdict(set)
        self._all = BitMap()
        # Statements at module level.
        self._effects = BitMap()

    def mentioning(self, changes: Sequence[Change]) -> Mentioning:
        """Who mentions a name that changed."""
        if not self._is_read:
            self._read()
        places, members = Places(), set[Place]()
        quiet: set[Place] = set()
        in_place: set[Place] = set()
        for change in map(self._with_described, changes):
            # Who has an object of a class names the class, or what is made of it, unless that was handed to somebody else.
            told = {name for name, _ in change.told}
            told -= {name for name, owner in change.told if self._subclassing.hears(owner)}
            names = change.names - told
            places.update(_place(name, change) for name in names)
            quiet.update(_place(name, change) for name in change.quiet & names)
            members.update((name, change.path) for name in change.members & names)
            hearing = self._subclassing.heard_by(change.bases)
            members.update((name, ANYWHERE) for name in hearing)
            in_place |= self._changed_by(change.calls.union(hearing))
            members.update(place for name in change.elsewhere for place in self._scopes.homes(name, change.path))
        members |= _of_objects(in_place)
        filled = in_place - places
        places |= members | in_place
        self._spread(places, members, quiet)
        hinted = self._hinted(places)
        while handed := self._handed_on(hinted) - places:
            places |= handed
            self._spread(places, members, quiet)
            hinted = self._hinted(places)
        if any(name == ANY for name, _ in places):  # a star import of names that nobody knows
            return Mentioning(self._all, self._all, BitMap(), BitMap(), places)
        found = self._barely(places - filled) | (self._barely(filled) - self._filling_items(filled))
        for name in {name for name, _ in places}:
            found.update(self._items.get(name, ()))
        self._made_up.find(found, places - quiet, members - quiet, {place for place in quiet if place[0] not in DOCS})
        # Also who mentions a method's class.
        asking = self._anyhow({part for name, _ in hinted for part in name.split(".")})
        found |= asking & self._effects
        return Mentioning(found, found | self._barely(hinted), asking, self._reading, places)

    def _with_described(self, change: Change) -> Change:
        """Where docstrings are read by what makes something of a function, that changes with its docstring."""
        names = self._described.read(change.described, change.path) if change.described else set[str]()
        if not names:
            return change
        now = self._analysis_now(change.path)
        made = [one for one in (now.definitions if now else ()) if one.name in names]
        return change._replace(
            names=change.names | names,
            calls=change.calls.union(*(one.calls for one in made)),
            elsewhere=change.elsewhere.union(*(one.also for one in made)),
            members=change.members.union(one.name for one in made if one.is_member),
            bases=change.bases.union(*(one.bases or () for one in made)) - {HEARS},
        )

    def _barely(self, places: Iterable[Place]) -> BitMap:
        """The items that mention one of these names as one of their module's."""
        found = BitMap()
        for name, path in places:
            for module, items in self._bare.get(name, {}).items():
                if self._scopes.sees(module, name, path):
                    found.update(items)
        return found

    def _filling_items(self, places: Iterable[Place]) -> BitMap:
        """The items that only fill one of these."""
        return BitMap(number for place in places for number in self._filling.get(place, ()))

    def _hinted(self, places: Places) -> set[Place]:
        """What has one of these names in an annotation, by its name in its module and where it is imported."""
        hinted: set[Place] = set()
        for name, path in places:
            for one, module, is_bare in self._hinters.get(name, ()):
                if not is_bare or self._scopes.sees(module, name, path):
                    hinted.add((one.name, module))
                    places.remade.add(module)
        waiting = list(hinted)
        while waiting:
            fresh = set(self._scopes.brought(*waiting.pop())) - hinted
            hinted |= fresh
            waiting += fresh
        return hinted

    def _handed_on(self, hinted: set[Place]) -> set[Place]:
        """What is made by calling something with one of these functions, which may look at its annotations."""
        return {
            (one.name, module)
            for name, path in hinted
            for one, module, is_bare in self._mentioners.get(name, ())
            if one.calls and (not is_bare or self._scopes.sees(module, name, path))
        }

    def _anyhow(self, names: Iterable[str]) -> BitMap:
        """The items that mention one of these names, as one of their module's or otherwise."""
        found = BitMap()
        for name in names:
            found.update(self._items.get(name, ()), *self._bare.get(name, {}).values())
        return found

    @cached_property
    def _reading(self) -> BitMap:
        """The items that may read annotations. All modules are read by then."""
        return self._anyhow(_READERS)

    def defined(self, path: str) -> Collection[str]:
        """The names that the module at `path` defines."""
        return self._scopes.defined.get(path, ())

    def _spread(self, places: Places, members: set[Place], quiet: set[Place]) -> None:
        """Adds the definitions that mention one of the changed names, and so on; to `members` those that are found through
        objects; to `quiet` quiet names under which others import them. What is reached otherwise as well is not quiet."""
        waiting = list(places)
        while waiting:
            changed = waiting.pop()
            name, path = changed
            is_quiet = changed in quiet
            reached = [(place, is_quiet) for place in self._scopes.brought(name, path)]
            for one, module in self._made_of(changed, changed in members, is_quiet):
                found = [(one.name, module)] if one.is_member else []
                if one.bases is not None:
                    hearing = self._subclassing.heard_by(one.bases)
                    in_place = self._changed_by(frozenset([*one.calls, *hearing]))
                    reached += [(place, False) for place in in_place - _of_objects(in_place)]
                    found += [*((name, ANYWHERE) for name in hearing), *_of_objects(in_place)]
                found += [place for also in one.also for place in self._scopes.homes(also, module)]
                members.update(found)
                if (one.name, module) != changed:
                    places.remade.add(module)
                reached += [(place, False) for place in ((one.name, module), *found)]
            for place, stays_quiet in reached:
                stays_quiet = stays_quiet or is_of_tests(*place)
                if place not in places:
                    places.add(place)
                    waiting.append(place)
                    if stays_quiet:
                        quiet.add(place)
                elif place in quiet and not stays_quiet:
                    quiet.discard(place)
                    waiting.append(place)

    def _made_of(self, changed: Place, is_member: bool, is_quiet: bool) -> Iterator[tuple[Definition, str]]:
        """The definitions that mention a changed name, with their modules."""
        name, path = changed
        is_of_module = path != ANYWHERE and not is_member
        for one, module, is_bare in chain(self._mentioners.get(name, ()), self._makers(changed, is_member, is_quiet)):
            if is_bare:
                is_seen = self._scopes.sees(module, name, path)
            else:  # what a module has that imports this one was not there when the definition was made
                is_seen = one.is_lazy or not (is_of_module and self._order.is_before(module, path))
            if is_seen:
                yield one, module

    def _makers(self, changed: Place, is_member: bool, is_quiet: bool) -> Iterator[tuple[Definition, str, bool]]:
        """Definitions whose made-up names may be one that changed, by the rules of `MadeUp.find`."""
        name, path = changed
        if is_quiet and name in DOCS:
            return
        for kind, by_module in self._making_up.items():
            for module, definitions in by_module.items():
                is_near = path in (module, ANYWHERE) and kind in (ANY, OWN)
                if is_near or (not is_quiet and (kind == ANY or (kind == MEMBERS and is_member))):
                    yield from ((one, module, False) for one in definitions)

    def _changed_by(self, calls: frozenset[str]) -> set[Place]:
        """What the functions and classes of these names change in place, directly or through what they call."""
        known = self._in_place.get(calls)
        if known is not None:
            return known
        found = self._in_place[calls] = set[Place]()
        seen: set[str] = set()
        level = set(calls)
        for _ in range(_DEPTH):
            following: set[str] = set()
            for name in level - seen:
                for body, path in self._bodies.get(name, ()):
                    found.update(self._changed_in(body, path))
                    following.update(body.bare, self._trees.called(path, body.simple_name, body.bare))
            seen |= level
            level = {name for name in following if name in self._bodies and not name.startswith("__")}
        return found

    def _changed_in(self, body: Body, path: str) -> Iterator[Place]:
        """What a body changes in place: global variables of its module, or whatever has an attribute of that name."""
        for name in {*body.changes, *body.registers} - _OF_FUNCTIONS:
            if name in body.bare:
                yield from self._scopes.homes(name, path)
            else:
                yield name, ANYWHERE

    def _read(self) -> None:
        self._is_read = True
        paths: dict[int, str] = {}
        versions: dict[int, dict[str, _Mentions]] = {}
        effects: dict[int, _Mentions] = {}
        for version, path, content, blob in self._connection.execute(
            "select id, path, content, analysis from versions"
        ):
            analysis = decode_analysis(blob)
            paths[version] = path
            versions[version] = {
                body.name: (body.mentions, body.bare, body.made_up, body.fills) for body in analysis.bodies
            }
            effects[version] = (analysis.effect_mentions, analysis.effect_bare, analysis.effect_made_up, ())
            if path not in self._scopes.defined:
                now = analysis if self._present.has_content(path, content) else self._analysis_now(path)
                if now is not None:
                    self._take(path, now)
        for number, key, version in self._connection.execute(
            "select id, key, version from items where version not null"
        ):
            kind, _, rest = key.partition(":")
            if kind in ("effects", "body"):
                self._all.add(number)
                if kind == "effects":
                    self._effects.add(number)
                found = effects[version] if kind == "effects" else versions[version].get(rest.rpartition(":")[2])
                if found is not None:
                    self._note(number, paths[version], *found)
        for number, key in self._connection.execute("select id, key from items where state = ?", (NOTED,)):
            kind, _, name = key.partition(":")
            if kind == MENTION and name != ANY:
                self._items[name].append(number)
            else:
                self._made_up.take(number, name, (ANY if kind == MENTION else kind,))

    def _note(
        self, number: int, path: str, mentions: tuple[str, ...], bare: tuple[str, ...], made_up: tuple[str, ...],
        fills: tuple[str, ...],
    ) -> None:  # fmt: skip
        for name in fills:
            self._filling[name, path].append(number)
        for name in bare:
            self._bare[name].setdefault(path, []).append(number)
        for name in set(mentions).difference(bare, (ANY,)):
            self._items[name].append(number)
            if name in self._keeping_docs and path not in self._keeping_docs[name]:
                self._items["__doc__"].append(number)
        self._made_up.take(number, path, made_up)

    def _take(self, path: str, analysis: Analysis) -> None:
        self._scopes.take(path, analysis.definitions)
        self._subclassing.take(path, analysis.definitions)
        self._order.take(path, analysis)
        self._described.take(path, analysis)
        for attribute in analysis.keeping_docs:
            self._keeping_docs[attribute].add(path)
        for definition in analysis.definitions:
            if not definition.origin:
                for name in definition.mentions:
                    self._mentioners[name].append((definition, path, name in definition.bare))
                for name in definition.hints:
                    self._hinters[name].append((definition, path, name in definition.bare))
                for kind in definition.made_up:
                    self._making_up[kind][path].append(definition)
        for body in analysis.bodies:
            parts = body.name.partition("#")[0].split(".")
            self._bodies[parts[-1]].append((body, path))
            if len(parts) > 1 and parts[-1] in _MAKING:
                self._bodies[parts[-2]].append((body, path))


def _of_objects(places: set[Place]) -> set[Place]:
    """Those that may be attributes of any object."""
    return {place for place in places if place[1] == ANYWHERE}


def _place(name: str, change: Change) -> Place:
    """What reads docstrings comes from outside of the project; only `__doc__` alone is a module's own."""
    return (name, ANYWHERE if name in DOCS and name != "__doc__" else change.path)

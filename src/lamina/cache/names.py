"""Who mentions a changed name, however it gets there: through assignments, headers, aliases, base classes, registries."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Callable, Sequence

from pyroaring import BitMap

from lamina.cache.differences import DOCS, Change
from lamina.cache.present import Present
from lamina.cache.recording import decode_analysis
from lamina.tracing.blocks import Analysis, Body, Definition
from lamina.tracing.reading import ANY

__all__ = ["Names"]

# Methods that run when a class is made, instantiated, subclassed or put on something as a decorator.
_MAKING = frozenset(
    {"__init__", "__new__", "__call__", "__set_name__", "__init_subclass__", "__prepare__", "__class_getitem__"}
)
# How deep calls are followed to find what a decorator changes in place.
_DEPTH = 3


class Names:
    """Reads the blocks of all modules on record when the first changed name is asked about."""

    def __init__(
        self, connection: sqlite3.Connection, present: Present, analysis_now: Callable[[str], Analysis | None]
    ) -> None:
        self._connection = connection
        self._present = present
        self._analysis_now = analysis_now
        self._is_read = False
        self._definitions: dict[str, list[Definition]] = defaultdict(list)
        self._mentioners: dict[str, list[tuple[str, frozenset[str]]]] = defaultdict(list)
        self._bodies: dict[str, list[Body]] = defaultdict(list)
        self._items: dict[str, BitMap] = defaultdict(BitMap)
        self._all = BitMap()

    def mentioning(self, changes: Sequence[Change]) -> tuple[BitMap, frozenset[str]]:
        """The items (bodies and effects) that mention a name that changed, and all names that did."""
        if not self._is_read:
            self._read()
        names: set[str] = set()
        for change in changes:
            names |= change.names
            names |= self._changed_by(change.calls)
        names = self._spread(names)
        if ANY in names:  # a star import of names that nobody knows
            return BitMap(self._all), frozenset(names)
        found = BitMap()
        for name in names:
            if name in self._items:
                found |= self._items[name]
        if names - DOCS:  # a name that is made up at run time is hardly one of these
            found |= self._items[ANY]
        return found, frozenset(names)

    def _spread(self, names: set[str]) -> set[str]:
        """With the names of definitions that mention one of them, and so on."""
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            for other, also in self._mentioners.get(name, ()):
                for changed in (other, *also):
                    if changed not in names:
                        names.add(changed)
                        waiting.append(changed)
        return names

    def _changed_by(self, calls: frozenset[str]) -> set[str]:
        """What the functions and classes of these names change in place, directly or through what they call."""
        found: set[str] = set()
        seen: set[str] = set()
        level = set(calls)
        for _ in range(_DEPTH):
            following: set[str] = set()
            for name in level - seen:
                for body in self._bodies.get(name, ()):
                    found.update(body.changes)
                    following.update(body.mentions)
            seen |= level
            level = {name for name in following if name in self._bodies and not name.startswith("__")}
        return found

    def _read(self) -> None:
        self._is_read = True
        versions: dict[int, dict[str, tuple[str, ...]]] = {}
        effects: dict[int, tuple[str, ...]] = {}
        for version, path, content, blob in self._connection.execute(
            "select id, path, content, analysis from versions"
        ):
            analysis = decode_analysis(blob)
            versions[version] = {body.name: body.mentions for body in analysis.bodies}
            effects[version] = analysis.effect_mentions
            if self._present.content(path) == content:
                self._take(analysis)
            else:
                self._take(self._analysis_now(path))
        for number, key, version in self._connection.execute(
            "select id, key, version from items where version not null"
        ):
            kind, _, rest = key.partition(":")
            mentions = effects[version] if kind == "effects" else versions[version].get(rest.rpartition(":")[2], ())
            if kind in ("effects", "body"):
                self._all.add(number)
                for name in mentions:
                    self._items[name].add(number)

    def _take(self, analysis: Analysis | None) -> None:
        if analysis is None:
            return
        for definition in analysis.definitions:
            entry = (definition.name, frozenset(definition.also))
            for name in definition.mentions:
                if name != definition.name:
                    self._mentioners[name].append(entry)
        for body in analysis.bodies:
            parts = body.name.partition("#")[0].split(".")
            self._bodies[parts[-1]].append(body)
            if len(parts) > 1 and parts[-1] in _MAKING:
                self._bodies[parts[-2]].append(body)

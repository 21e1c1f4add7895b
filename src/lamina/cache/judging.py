"""What differs between a tree and what is on record, and what of that concerns a result.

Four things make a result invalid. An item of it has another state now (a body that ran, an input, a module's effects). A
definition changed in a module that it has in reach, whose name a body that ran mentions. A new import runs a module's
effects that it did not have in reach, or a name is gone without which one that it has can't be imported. Names travel: what
mentions a changed name in its own definition has changed as well.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Sequence

from pyroaring import BitMap

from lamina.cache.breaking import Breaking
from lamina.cache.differences import DOCS, Change, difference, states
from lamina.cache.names import Mentioning, Names, Places
from lamina.cache.present import MISSING, Present
from lamina.cache.reasons import Reason
from lamina.cache.recording import decode_analysis
from lamina.sources.hashing import hash_bytes
from lamina.tracing.analysis import EMPTY, Analysis
from lamina.tracing.blocks import analyse

__all__ = ["Judge"]

# Of a changed module, names that are looked at one by one; more are told of together.
_MOST_NAMES = 40


class Judge:
    """Compares all that is on record with the tree that `present` looks at, once; then answers for single results. With the
    granularity "file" a result counts on the whole of each module that it reached."""

    def __init__(self, connection: sqlite3.Connection, present: Present, granularity: str = "block") -> None:
        self._by_file = granularity == "file"
        self._connection = connection
        self._present = present
        self._why: dict[int, Reason] = {}
        self._analyses: dict[str, Analysis | None] = {}
        self._modules: dict[int, Change] = {}
        self._states: dict[int, dict[str, tuple[str, str]]] = {}
        self._shared: dict[int, tuple[BitMap, bool, list[int]]] = {}
        self._versions_of: dict[str, BitMap] = defaultdict(BitMap)
        self._look_at_inputs()
        self._look_at_versions()
        self._invalid = BitMap(self._why)
        self._changed_modules = BitMap(self._modules)
        self._breaking = Breaking(self._versions_of, self.analysis_now)
        self._names = Names(connection, present, self.analysis_now)
        self._mentioning: dict[object, Mentioning] = {}

    # -- one result --------------------------------------------------------------------------------------------------

    def is_valid(self, shared: int, own_blob: bytes, name: str, tests_of: str = "") -> bool:
        """Whether nothing that the result of test `name` depends on has changed: the items of set `shared` and its own. For
        the list of the tests in a file (`tests_of`), also whether no name in it did, nor one that may be a test's in a
        module that it has in reach: a class that it inherits from may have got a test, or one of its tests other parameters."""
        _, is_invalid, modules = self._set(shared)
        if is_invalid:
            return False
        if not modules and not tests_of:
            # The most frequent case by far, so without the reasons.
            own = BitMap.deserialize(own_blob)
            if own.intersect(self._invalid):
                return False
            if not self._changed_modules or not own.intersect(self._changed_modules):
                return True
        return next(self._reasons(shared, own_blob, name, tests_of), None) is None

    def reason(self, shared: int, own_blob: bytes, name: str) -> str:
        """Why it is not valid, in words: the first reason."""
        found = next(self._reasons(shared, own_blob, name), None)
        return found.text() if found else ""

    def reasons(self, shared: int, own_blob: bytes, name: str) -> list[Reason]:
        """Why it is not valid: all reasons."""
        found: dict[tuple[str, ...], Reason] = {}
        for reason in self._reasons(shared, own_blob, name, each=True):
            if reason.via or reason[:3] not in found:
                found[reason[:3]] = reason
        return list(found.values())

    def distance(self, shared: int, own_blob: bytes) -> int:
        """How much differs, roughly: of several results of a test, the one with the least is nearest to the tree."""
        bits, _, modules = self._set(shared)
        own = BitMap.deserialize(own_blob)
        both = own.intersection_cardinality(self._changed_modules) + len(modules)
        return both + int(own.intersection_cardinality(self._invalid) + bits.intersection_cardinality(self._invalid))

    def unsure(self, shared: int) -> set[str]:
        """The modules in set `shared` that it may no longer be possible to import, since something is made otherwise by that now.
        Who has such a module in reach is valid all the same, if it mentions nothing of that."""
        modules = self._set(shared)[2]
        if not modules:
            return set()
        changes = [self._modules[module] for module in modules]
        paths = {change.path for change in changes if change.may_fail}
        paths |= self._mentioned(tuple(modules), changes).places.remade
        return {path for path in paths if self.reaches(shared, path)}

    def reaches(self, shared: int, path: str) -> bool:
        """Whether set `shared` has the module at `path`, in whatever version."""
        return bool(self._set(shared)[0].intersect(self._versions_of[path]))

    def _reasons(
        self, shared: int, own_blob: bytes, name: str, tests_of: str = "", each: bool = False
    ) -> Iterator[Reason]:
        bits, is_invalid, modules = self._set(shared)
        own = BitMap.deserialize(own_blob)
        for number in own & self._invalid:
            yield self._why[number]
        if is_invalid:
            for number in bits & self._invalid:
                yield self._why[number]
        changed = modules
        if own.intersect(self._changed_modules):
            changed = sorted({*modules, *(own & self._changed_modules)})
        if not changed:
            return
        for module in changed:
            yield from self._of_module(module, bits, own, tests_of)
        mentioned = self._mentioned(tuple(changed), [self._modules[module] for module in changed])
        is_listed_anew = bool(tests_of) and tests_of in mentioned.places.modules
        if is_listed_anew or self._is_concerned(mentioned, bits, own, name):
            if each:
                for module in changed:
                    yield from self._by_name(module, bits, own, name)
            else:
                texts = [self._modules[module].text() for module in changed[:3]]
                yield Reason("modules", "", "; ".join(texts))

    def _of_module(self, module: int, bits: BitMap, own: BitMap, tests_of: str) -> Iterator[Reason]:
        change = self._modules[module]
        others = change.names - DOCS
        if tests_of and (change.names if change.path == tests_of else any(map(self._may_be_test, others))):
            yield Reason("names", change.path, change.some())
        for path in change.imports:
            known = self._versions_of.get(path)
            if known is None or not (bits.intersect(known) or own.intersect(known)):
                yield Reason("imports", change.path, path)
        for path in change.dropped:
            if self._leaves_traces(path):
                yield Reason("dropped", change.path, path)
        for gone in self._breaking.by(change, bits, own):
            yield Reason("name", change.path, gone, *self._states[module].get(gone, ("", MISSING)))

    def _may_be_test(self, name: str) -> bool:
        return name.startswith(("test", "Test", "runTest")) or self._present.names_tests_its_own_way

    def _is_among(self, places: Places, test: str) -> bool:
        """Whether one of the names that a test is known by has changed."""
        path, *names = test.split("::")
        return places.has({name.partition("[")[0] for name in names}, path, self._names.defined(path))

    def _by_name(self, module: int, bits: BitMap, own: BitMap, test: str) -> Iterator[Reason]:
        """The names of one module whose change reaches the test."""
        change = self._modules[module]
        known = self._states[module]
        found = False
        for name in sorted(known)[:_MOST_NAMES]:
            only = change._replace(names=frozenset({name}), calls=frozenset(), elsewhere=frozenset(), bases=frozenset())
            mentioned = self._mentioned((module, name), [only])
            if self._is_concerned(mentioned, bits, own, test):
                via = next(iter(own & mentioned.ran), 0) or next(iter(bits & mentioned.items), 0)
                found = True
                yield Reason("name", change.path, name, *known[name], via)
        if not found and self._is_concerned(self._mentioned((module,), [change]), bits, own, test):
            yield Reason("names", change.path, change.some())

    def _is_concerned(self, mentioned: Mentioning, bits: BitMap, own: BitMap, test: str) -> bool:
        """Whether a test mentions what changed, by what it ran itself or by what it has in reach."""
        mentions = own.intersect(mentioned.ran) or bits.intersect(mentioned.items)
        reads = own.intersect(mentioned.asking) and own.intersect(mentioned.reading)
        return mentions or reads or self._is_among(mentioned.places, test)

    def _mentioned(self, key: object, changes: Sequence[Change]) -> Mentioning:
        found = self._mentioning.get(key)
        if found is None:
            found = self._mentioning[key] = self._names.mentioning(changes)
        return found

    def _leaves_traces(self, path: str) -> bool:
        """Whether importing the module may do more than define what is in it."""
        analysis = self.analysis_now(path)
        return analysis is None or bool(analysis.effects) or any(one.calls or one.bases for one in analysis.definitions)

    def _set(self, number: int) -> tuple[BitMap, bool, list[int]]:
        found = self._shared.get(number)
        if found is None:
            row = self._connection.execute("select bits from sets where id = ?", (number,)).fetchone()
            if row is None:
                self._why[0] = Reason("record", "", "")
                self._invalid.add(0)
            bits = BitMap.deserialize(row[0]) if row else BitMap([0])
            is_invalid = bits.intersect(self._invalid)
            found = self._shared[number] = (bits, is_invalid, list(bits & self._changed_modules))
        return found

    # -- what differs ------------------------------------------------------------------------------------------------

    def _look_at_inputs(self) -> None:
        state = self._present.state
        for number, key, recorded in self._connection.execute("select id, key, state from items where version is null"):
            now = state(key)
            if now != recorded:
                kind, _, name = key.partition(":")
                self._why[number] = Reason(kind, "", name, recorded, now)

    def _look_at_versions(self) -> None:
        changed = []
        for version, path, content in self._connection.execute("select id, path, content from versions"):
            if not self._present.has_content(path, content):
                changed.append((version, path))
        for version, path in changed:
            self._look_at_version(version, path)
        for number, key in self._connection.execute("select id, key from items where key like 'module:%'"):
            self._versions_of[key.removeprefix("module:")].add(number)

    def _look_at_version(self, version: int, path: str) -> None:
        now = self.analysis_now(path)
        bodies = {body.name: body.fingerprint for body in now.bodies} if now else {}
        for number, key, recorded in self._connection.execute(
            "select id, key, state from items where version = ?", (version,)
        ).fetchall():
            kind, _, rest = key.partition(":")
            if kind == "body":
                name = rest.rpartition(":")[2]
                if bodies.get(name) != recorded:
                    self._why[number] = Reason("body", path, name, recorded, bodies.get(name, MISSING))
            elif kind == "effects":
                if now is None or now.effects != recorded:
                    self._why[number] = Reason("effects", path, "", recorded, now.effects if now else MISSING)
            elif kind == "module" and self._by_file:
                # Who has the module in reach has this item, also of a version whose bodies are known from another one.
                self._why[number] = Reason("file", "", path, recorded, self._present.content(path) or MISSING)
            elif kind == "module":
                before = self.recorded_analysis(version)
                change = difference(path, before, now or EMPTY, self._present)
                if change.names or change.imports or change.dropped:
                    self._modules[number] = change
                    self._states[number] = states(before, now or EMPTY)

    # -- blocks ------------------------------------------------------------------------------------------------------

    def recorded_analysis(self, version: int) -> Analysis:
        """The blocks of a version of a file."""
        row = self._connection.execute("select analysis from versions where id = ?", (version,)).fetchone()
        return decode_analysis(row[0]) if row else EMPTY

    def analysis_now(self, path: str) -> Analysis | None:
        """The blocks of a file as it is now; None when there is none, or it can't be parsed."""
        if path not in self._analyses:
            self._analyses[path] = self._analyse(path)
        return self._analyses[path]

    def has_file(self, path: str) -> bool:
        """Whether there is such a file."""
        return self._present.content(path) is not None

    def _analyse(self, path: str) -> Analysis | None:
        content = self._present.content(path)
        if content is None:
            return None
        row = self._connection.execute(
            "select analysis from versions where path = ? and content = ?", (path, content)
        ).fetchone()
        if row is not None:
            return decode_analysis(row[0])
        source = self._present.source(path)
        try:
            return analyse(source) if source is not None and hash_bytes(source) == content else None
        except (SyntaxError, ValueError, RecursionError):
            return None

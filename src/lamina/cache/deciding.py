"""Decides which results are still valid: those all of whose dependencies are what they were.

Three things make a result invalid. An item of it has another state now (a body that ran, an input, a module's effects). A
definition changed in a module that it has in reach, whose name a body that ran mentions. A new import runs a module's
effects that it did not have in reach. Names travel: what mentions a changed name in its own definition has changed as well.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

import msgspec
from pyroaring import BitMap

from lamina.cache.differences import Change, difference
from lamina.cache.names import Names
from lamina.cache.present import Present
from lamina.cache.recording import Result, decode_analysis
from lamina.sources.hashing import hash_bytes
from lamina.tracing.blocks import EMPTY, Analysis, analyse

__all__ = ["Decision", "Served", "decide"]

# The record of a result that is not to be served: it failed, or needed a second attempt.
_NOT_SERVABLE = msgspec.msgpack.encode(None)


class Served(NamedTuple):
    """A result that is valid: the trace that it comes from, and what was kept of it (`result`), as it is in the cache."""

    trace: int
    record: bytes

    @property
    def result(self) -> Result:
        """What was kept. Read when asked for: of 100,000 results only few are looked at before the report."""
        return msgspec.msgpack.decode(self.record, type=Result)


class Decision(NamedTuple):
    """For one category. `files` are test files (relative to the root) with the ids of their tests as collected last, for
    files whose collection can't have changed. `served` are valid results and `reasons` say of the other known tests why
    their results are not."""

    files: dict[str, list[str]]
    served: dict[str, Served]
    reasons: dict[str, str]


def decide(connection: sqlite3.Connection, present: Present, category: str) -> Decision:
    """What the cache knows of `category` in the tree that `present` looks at. Of several traces the one that was used last
    counts."""
    judge = _Judge(connection, present)
    served: dict[str, Served] = {}
    files: dict[str, list[str]] = {}
    valid: dict[str, tuple[int, int]] = {}
    invalid: dict[str, tuple[int, int, int, bytes]] = {}
    failing: set[str] = set()
    # Not ordered by the database, which would sort megabytes of blobs.
    rows = connection.execute(
        "select id, kind, name, shared, own, record, used from traces where category = ?", (category,)
    )
    for trace, kind, name, shared, own, record, used in rows:
        key = (used, trace)
        if kind == "file":
            if judge.is_valid(shared, own, name, everything_in=name) and key > valid.get(f"/{name}", (0, 0)):
                valid[f"/{name}"] = key
                files[name] = msgspec.msgpack.decode(record, type=list[str])
        elif judge.is_valid(shared, own, name):
            if name not in valid or key > valid[name]:
                valid[name] = key
                served[name] = Served(trace, record)
                if record == _NOT_SERVABLE:
                    failing.add(name)
                elif failing:
                    failing.discard(name)
        elif name not in invalid or key > invalid[name][:2]:
            invalid[name] = (*key, shared, own)
    reasons = {
        name: judge.reason(shared, own, name) for name, (_, _, shared, own) in invalid.items() if name not in served
    }
    for name in failing:
        del served[name]
        reasons[name] = "failed last time"
    return Decision(files, served, reasons)


class _Judge:
    """Knows what differs between the tree and what is on record."""

    def __init__(self, connection: sqlite3.Connection, present: Present) -> None:
        self._connection = connection
        self._present = present
        self._why: dict[int, str] = {}
        self._analyses: dict[str, Analysis | None] = {}
        self._modules: dict[int, Change] = {}
        self._shared: dict[int, tuple[BitMap, bool, list[int]]] = {}
        self._versions_of: dict[str, BitMap] = defaultdict(BitMap)
        self._look_at_inputs()
        self._look_at_versions()
        self._invalid = BitMap(self._why)
        self._changed_modules = BitMap(self._modules)
        self._names = Names(connection, present, self.analysis_now)
        self._mentioning: dict[tuple[int, ...], tuple[BitMap, frozenset[str]]] = {}

    # -- one trace ---------------------------------------------------------------------------------------------------

    def is_valid(self, shared: int, own_blob: bytes, name: str, everything_in: str = "") -> bool:
        """Whether nothing that the trace holds has changed."""
        _, is_invalid, modules = self._set(shared)
        if is_invalid:
            return False
        if not modules and not everything_in:
            # The most frequent case by far, so without the reasons.
            own = BitMap.deserialize(own_blob)
            if own.intersect(self._invalid):
                return False
            if not self._changed_modules or not own.intersect(self._changed_modules):
                return True
        return next(self._reasons(shared, own_blob, name, everything_in), None) is None

    def reason(self, shared: int, own_blob: bytes, name: str) -> str:
        """Why it is not valid, in words."""
        return next(self._reasons(shared, own_blob, name, ""), "")

    def _reasons(self, shared: int, own_blob: bytes, name: str, everything_in: str) -> Iterator[str]:
        bits, is_invalid, modules = self._set(shared)
        own = BitMap.deserialize(own_blob)
        if own.intersect(self._invalid):
            yield self._why[(own & self._invalid)[0]]
        if is_invalid:
            yield self._why[(bits & self._invalid)[0]]
        changed = modules
        if own.intersect(self._changed_modules):
            changed = sorted({*modules, *(own & self._changed_modules)})
        if changed:
            yield from self._by_name(tuple(changed), bits, own, name, everything_in)

    def _by_name(
        self, changed: tuple[int, ...], bits: BitMap, own: BitMap, name: str, everything_in: str
    ) -> Iterator[str]:
        for module in changed:
            change = self._modules[module]
            if change.path == everything_in and change.names:
                yield change.text()
            for path in change.imports:
                known = self._versions_of.get(path)
                if known is None or not (bits.intersect(known) or own.intersect(known)):
                    yield f"{change.path} imports {path}"
            for path in change.dropped:
                if self._leaves_traces(path):
                    yield f"{change.path} imports {path} no more"
        if changed not in self._mentioning:
            self._mentioning[changed] = self._names.mentioning([self._modules[module] for module in changed])
        mentioning, names = self._mentioning[changed]
        its_names = {part.partition("[")[0] for part in name.split("::")[1:]}
        if own.intersect(mentioning) or bits.intersect(mentioning) or not its_names.isdisjoint(names):
            yield "; ".join(self._modules[module].text() for module in changed[:3])

    def _leaves_traces(self, path: str) -> bool:
        """Whether importing the module may do more than define what is in it."""
        analysis = self.analysis_now(path)
        return analysis is None or bool(analysis.effects) or any(one.calls for one in analysis.definitions)

    def _set(self, number: int) -> tuple[BitMap, bool, list[int]]:
        found = self._shared.get(number)
        if found is None:
            row = self._connection.execute("select bits from sets where id = ?", (number,)).fetchone()
            if row is None:
                bits, is_invalid = BitMap(), True
                self._why.setdefault(0, "its record is incomplete")
            else:
                bits = BitMap.deserialize(row[0])
                is_invalid = bits.intersect(self._invalid)
            found = self._shared[number] = (bits, is_invalid, list(bits & self._changed_modules))
        return found

    # -- what differs ------------------------------------------------------------------------------------------------

    def _look_at_inputs(self) -> None:
        state = self._present.state
        for number, key, recorded in self._connection.execute("select id, key, state from items where version is null"):
            now = state(key)
            if now != recorded:
                self._why[number] = _in_words(key, recorded, now)

    def _look_at_versions(self) -> None:
        changed = []
        for version, path, content in self._connection.execute("select id, path, content from versions"):
            if self._present.content(path) != content:
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
                    verb = "changed" if name in bodies else "is gone"
                    self._why[number] = f"{path}: {name.partition('#')[0]} {verb}"
            elif kind == "effects":
                if now is None or now.effects != recorded:
                    self._why[number] = f"{path}: statements at module level changed" if now else f"{path} is gone"
            elif kind == "module":
                blob = self._connection.execute("select analysis from versions where id = ?", (version,)).fetchone()[0]
                change = difference(path, decode_analysis(blob), now or EMPTY, self._present)
                if change.names or change.imports or change.dropped:
                    self._modules[number] = change

    def analysis_now(self, path: str) -> Analysis | None:
        """The blocks of a file as it is now; None when there is none, or it can't be parsed."""
        if path not in self._analyses:
            self._analyses[path] = self._analyse(path)
        return self._analyses[path]

    def _analyse(self, path: str) -> Analysis | None:
        content = self._present.content(path)
        if content is None:
            return None
        row = self._connection.execute(
            "select analysis from versions where path = ? and content = ?", (path, content)
        ).fetchone()
        if row is not None:
            return decode_analysis(row[0])
        try:
            with open(f"{self._present.root}/{path}", "rb") as stream:
                source = stream.read()
            return analyse(source) if hash_bytes(source) == content else None
        except (OSError, SyntaxError, ValueError, RecursionError):
            return None


_WORDS = {
    "file": "{name} changed", "exists": "{name} changed", "list": "the files in {name} changed", "env": "${name} changed",
    "import": "what {name} is imported from changed", "conftests": "another conftest.py for {name}",
    "everything": "some file changed, and it starts a program that may read any", "pytest": "pytest's configuration changed",
    "surroundings": "Python or an installed distribution changed", "category": "the category's configuration changed",
}  # fmt: skip


def _in_words(key: str, recorded: str, now: str) -> str:
    kind, _, name = key.partition(":")
    if kind in ("file", "exists") and "missing" in (recorded, now):
        return f"{name} is {'new' if recorded == 'missing' else 'gone'}"
    return _WORDS.get(kind, "{name} changed").format(name=name or "the project's folder")

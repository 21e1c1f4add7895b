"""Writes results with their dependencies into the cache, while tests finish.

Items are interned: a body of a certain content, or an input in a certain state, is one number for all tests and runs. Rows
are written in batches, each a transaction, so that a run that is killed loses the last moments and never half a result.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from typing import Any, NamedTuple

import msgspec
from pyroaring import BitMap
from xxhash import xxh3_128_digest

from lamina.cache.bounds import Bounds, keep_in_bounds
from lamina.cache.database import CacheDatabase
from lamina.cache.numbering import Numbers, Translation
from lamina.cache.origins import Origin, keep_origin
from lamina.tracing.analysis import Analysis

__all__ = ["Recording", "Result", "body_key", "decode_analysis"]

_BATCH = 200
_BATCH_SECONDS = 0.5
_UNBOUNDED = Bounds()
_NOWHERE = Origin("")
_NOTHING = BitMap()


class Result(NamedTuple):
    """What is kept to be served: a test's outcome and what results.json needs of it."""

    outcome: str
    phases: tuple[float, float, float]
    file: str
    line: int
    memory: int
    message: str
    executed_at: float
    run: str


def body_key(path: str, name: str) -> str:
    """The key of a body."""
    return f"body:{path}:{name}"


class _Waiting(NamedTuple):
    """A trace that is not written yet, with its record as it will be written."""

    kind: str
    name: str
    shared: int
    own: frozenset[int]
    inherited: BitMap
    record: bytes


class Recording:
    """A category's session writes through it. What `version`, `item` and `shared` return are numbers of its own; the
    database's are found when a batch is written. All methods do nothing once the cache can't be written; `is_complete` is False
    from then on."""

    def __init__(self, path: str, category: str, bounds: Bounds = _UNBOUNDED, origin: Origin = _NOWHERE) -> None:
        self._bounds = bounds
        self._origin = origin
        self._run = 0
        self._database = CacheDatabase(path)
        # Held for as long as numbers of rows are.
        self._use = ExitStack()
        self._use.enter_context(self._database.in_use())
        self._connection = self._database.open(create=True)
        self.is_complete = self._connection is not None
        self._category = category
        self._versions = Numbers()
        self._items = Numbers()
        # Each set's items, and its id when it is in the database.
        self._sets: list[frozenset[int] | int] = []
        self._analyses: dict[int, Analysis] = {}
        self._waiting: list[_Waiting] = []
        self._inherited = Translation()
        self._written = time.monotonic()

    @property
    def notes(self) -> list[str]:
        """What went wrong, a line each."""
        return self._database.notes

    def version(self, path: str, content: str, analysis: Analysis) -> int:
        """The number of a file's version."""
        number = self._versions.of((path, content))
        self._analyses.setdefault(number, analysis)
        return number

    def item(self, key: str, state: str, version: int = -1) -> int:
        """The number of an item. One that belongs to a version gets a new one each time: there may be hundreds of thousands,
        which whoever asks knows by itself."""
        of = self._items.of if version < 0 else self._items.new
        return of((key, state, version))

    def shared(self, items: frozenset[int]) -> int:
        """A number for a set of items, which is forgotten here once it is written: each call gives another one."""
        self._sets.append(items)
        return len(self._sets) - 1

    def keep(
        self, kind: str, name: str, shared: int, own: frozenset[int], record: Any, inherited: BitMap = _NOTHING
    ) -> None:
        """Queues a trace; a later one of the same dependencies replaces it. `inherited` are further items, thousands that the
        trace has in common with the last ones; the set is not to be changed afterwards."""
        self._waiting.append(_Waiting(kind, name, shared, own, inherited, msgspec.msgpack.encode(record)))
        if len(self._waiting) >= _BATCH:
            self.flush()
        else:
            self.flush_if_due()

    def flush_if_due(self) -> None:
        """Writes what has been queued for half a second, so that no more than that is lost with a process that is killed."""
        if self._waiting and time.monotonic() - self._written > _BATCH_SECONDS:
            self.flush()

    def flush(self) -> None:
        """Writes what is queued."""
        waiting, self._waiting = self._waiting, []
        if waiting:
            self._transaction(lambda connection: self._write(connection, waiting))
        self._written = time.monotonic()

    def drop(self, names: Iterable[str]) -> None:
        """Forgets what this run has kept of these tests."""
        dropped = set(names)
        for index in reversed(self._queued(dropped)):
            del self._waiting[index]
        self._change_written("delete from traces", (), dropped)

    def spoil(self, names: Iterable[str]) -> None:
        """What this run has kept of these tests must not be served after all."""
        spoiled = set(names)
        record = msgspec.msgpack.encode(None)
        for index in self._queued(spoiled):
            self._waiting[index] = self._waiting[index]._replace(record=record)
        self._change_written("update traces set record = ?", (record,), spoiled)

    def extend(self, tests: Mapping[str, int], items: frozenset[int], inherited: BitMap = _NOTHING) -> None:
        """What this run has kept of these tests depended on these items, too, on the `inherited` ones, and on the shared set given
        for each."""
        written = dict(tests)
        for index in self._queued(tests):
            one = self._waiting[index]
            self._waiting[index] = one._replace(
                shared=tests[one.name], own=one.own | items, inherited=one.inherited | inherited
            )
            written.pop(one.name, None)
        if written and self._run:
            self._transaction(lambda connection: self._extend(connection, written, items, inherited))

    def _queued(self, names: Collection[str]) -> list[int]:
        """Where results of these tests are queued."""
        return [index for index, one in enumerate(self._waiting) if one.kind == "test" and one.name in names]

    def _change_written(self, action: str, values: tuple[bytes, ...], names: Collection[str]) -> None:
        if names and self._run:
            rows = [(*values, self._category, name, self._run) for name in names]
            query = f"{action} where category = ? and kind = 'test' and name = ? and run = ?"
            self._transaction(lambda connection: connection.executemany(query, rows))

    def close(self) -> None:
        """Writes the rest; keeps the size in bounds."""
        self.flush()
        self._use.close()
        if self._connection is not None:
            try:
                keep_in_bounds(self._database, self._connection, self._bounds)
            except sqlite3.Error as error:
                self.notes.append(f"the cache of results may grow out of bounds: {error}")
            self._connection.close()
            self._connection = None

    def _write(self, connection: sqlite3.Connection, waiting: list[_Waiting]) -> None:
        rows = []
        now = int(time.time())
        self._run = self._run or keep_origin(connection, self._origin)
        for kind, name, shared, own, inherited, record in waiting:
            bits = self._ids_of(connection, own, inherited).serialize()
            set_id = self._set_id(connection, shared)
            rows.append((self._category, kind, name, _digest(set_id, bits), set_id, bits, record, now, self._run))
        connection.executemany(
            "insert or replace into traces (category, kind, name, digest, shared, own, record, used, run)"
            " values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            rows,
        )

    def _extend(
        self, connection: sqlite3.Connection, tests: Mapping[str, int], items: frozenset[int], inherited: BitMap
    ) -> None:
        more = self._ids_of(connection, items, inherited)
        for name, shared in tests.items():
            set_id = self._set_id(connection, shared)
            rows = connection.execute(
                "select id, own from traces where category = ? and kind = 'test' and name = ? and run = ?",
                (self._category, name, self._run),
            ).fetchall()
            for number, own in rows:
                bits = (BitMap.deserialize(own) | more).serialize()
                connection.execute(
                    "update or replace traces set digest = ?, shared = ?, own = ? where id = ?",
                    (_digest(set_id, bits), set_id, bits, number),
                )

    def _ids_of(self, connection: sqlite3.Connection, own: Iterable[int], inherited: BitMap) -> BitMap:
        ids = self._items.ids
        inherited_ids = self._inherited.of(inherited, lambda number: ids[number] or self._item_id(connection, number))
        return inherited_ids | BitMap([ids[number] or self._item_id(connection, number) for number in own])

    def _version_id(self, connection: sqlite3.Connection, number: int) -> int | None:
        if number < 0:
            return None
        known = self._versions.ids[number]
        if known:
            return known
        path, content = self._versions.keys[number]
        return self._versions.id(
            number, connection, "insert into versions (path, content, analysis) values (?, ?, ?)",
            lambda: (path, content, _encoded(self._analyses[number])),
            "select id from versions where path = ? and content = ?", (path, content),
        )  # fmt: skip

    def _item_id(self, connection: sqlite3.Connection, number: int) -> int:
        known = self._items.ids[number]
        if known:
            return known
        key, state, version = self._items.keys[number]
        return self._items.id(
            number, connection, "insert into items (key, state, version) values (?, ?, ?)",
            lambda: (key, state, self._version_id(connection, version)),
            "select id from items where key = ? and state = ?", (key, state),
        )  # fmt: skip

    def _set_id(self, connection: sqlite3.Connection, number: int) -> int:
        items = self._sets[number]
        if isinstance(items, int):
            return items
        ids = self._items.ids
        bits = BitMap([ids[item] or self._item_id(connection, item) for item in items])
        bits.run_optimize()
        blob = bits.serialize()
        digest = xxh3_128_digest(blob)
        connection.execute("insert or ignore into sets (digest, bits) values (?, ?)", (digest, blob))
        (found,) = connection.execute("select id from sets where digest = ?", (digest,)).fetchone()
        self._sets[number] = found
        return int(found)

    def _transaction(self, action: Any) -> None:
        connection = self._connection
        if connection is None:
            return
        try:
            connection.execute("begin immediate")
            action(connection)
            connection.execute("commit")
        except sqlite3.Error as error:
            self.notes.append(f"results are not cached any further: {error}")
            self.is_complete = False
            self._connection = None
            connection.close()


def _digest(set_id: int, bits: bytes) -> bytes:
    return xxh3_128_digest(set_id.to_bytes(8, "big") + bits)


def _encoded(analysis: Analysis) -> bytes:
    return msgspec.msgpack.encode(_in_tuples(analysis))


def decode_analysis(blob: bytes) -> Analysis:
    """From what `Recording.version` wrote."""
    return _in_tuples(msgspec.msgpack.decode(blob, type=Analysis))


def _in_tuples(analysis: Analysis) -> Analysis:
    return analysis._replace(bodies=tuple(analysis.bodies), definitions=tuple(analysis.definitions))

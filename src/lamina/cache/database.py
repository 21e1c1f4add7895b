"""The file of the result cache, `.lamina/cache.sqlite3`: its tables, and how results are forgotten."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from lamina.sources.stored_database import StoredDatabase
from lamina.tracing.probes import VERSION

__all__ = ["CacheDatabase"]

# 2: versions, items, sets, traces, audits. What blocks mean is part of it: another cut is another schema.
_SCHEMA_VERSION = 2000 + VERSION

_SCHEMA = """
-- A Python file with a certain content, and its blocks (msgpack).
create table versions (
    id integer primary key, path text not null, content text not null, analysis blob not null, unique (path, content)
);
-- What a test may depend on. A body or a module's effects belong to a version; an input (version null) has a state.
create table items (
    id integer primary key, key text not null, state text not null, version integer, unique (key, state)
);
create index items_of_version on items (version);
-- Sets of items that many tests share (roaring bitmaps).
create table sets (id integer primary key, digest blob not null unique, bits blob not null);
-- A result with what it depended on: a shared set and items of its own. kind: test, or file for what collecting it gave.
create table traces (
    id integer primary key, category text not null, kind text not null, name text not null, digest blob not null,
    shared integer not null, own blob not null, record blob not null, used integer not null,
    unique (category, kind, name, digest)
);
-- Results that were executed although they could be served: how many, and which of them differed (one a line).
create table audits (at integer not null, category text not null, compared integer not null, faults text not null);
"""


class CacheDatabase(StoredDatabase):
    """Opened for each use. `notes` tells what went wrong with the file itself, a line each; nothing here fails a run."""

    def __init__(self, path: str) -> None:
        super().__init__(path, _SCHEMA, _SCHEMA_VERSION, "results are not cached")

    def forget(self, categories: Sequence[str] | None) -> None:
        """Forgets the results of these categories; None: all. What was audited stays known."""
        connection = self.open(create=False)
        if connection is None:
            return
        with closing(connection):
            if categories is None:
                connection.executescript(
                    "begin immediate; delete from traces; delete from sets; delete from items; delete from versions; commit;"
                )
            else:
                connection.executemany("delete from traces where category = ?", [(name,) for name in categories])

"""The connection to the result cache, `.lamina/cache.sqlite3`: opens it, makes its tables, sets a broken one aside.

Everything in it can be made again by running tests, so a file of another schema, or one that can't be read, is set aside.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress

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


class CacheDatabase:
    """Opened for each use. `notes` tells what went wrong with the file itself, a line each; nothing here fails a run."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.notes: list[str] = []

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection to read from; None when there is nothing yet or it can't be read."""
        connection = self.open(create=False)
        if connection is None:
            yield None
            return
        with closing(connection):
            yield connection

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

    def open(self, create: bool) -> sqlite3.Connection | None:
        """A connection; None, with a note, when there can't be one."""
        if not create and not os.path.exists(self.path):
            return None
        for _ in range(2):
            try:
                return self._open()
            except sqlite3.OperationalError as error:
                self.notes.append(f"results are not cached: {self.path}: {error}")
                return None
            except sqlite3.DatabaseError:
                self.set_aside()
            except OSError as error:
                self.notes.append(f"results are not cached: {self.path}: {error.strerror}")
                return None
        return None

    def _open(self) -> sqlite3.Connection:
        os.makedirs(os.path.dirname(self.path), exist_ok=True)
        connection = sqlite3.connect(self.path, timeout=20, isolation_level=None)
        try:
            version = connection.execute("pragma user_version").fetchone()[0]
            if version != _SCHEMA_VERSION:
                if version or connection.execute("select count(*) from sqlite_master").fetchone()[0]:
                    raise sqlite3.DatabaseError(f"schema version {version}")
                connection.execute("pragma journal_mode = wal")
                connection.executescript(f"begin immediate; {_SCHEMA} pragma user_version = {_SCHEMA_VERSION}; commit;")
            connection.execute("pragma synchronous = normal")
            return connection
        except BaseException as error:
            connection.close()
            if "already exists" in str(error):  # another run made the tables between our look and our try
                return self._open()
            raise

    def set_aside(self) -> None:
        """Moves a file that can't be understood out of the way."""
        aside = f"{self.path}.broken-{int(time.time())}"
        with suppress(OSError):
            os.replace(self.path, aside)
        for suffix in ("-wal", "-shm"):
            with suppress(OSError):
                os.unlink(f"{self.path}{suffix}")
        self.notes.append(
            f"{self.path} could not be read; it was set aside as {os.path.basename(aside)} and begun anew"
        )

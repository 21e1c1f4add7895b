"""The connection to `.lamina/history.sqlite3`: opens it, makes its tables, sets a broken one aside.

It knows nothing of what the rows mean; that is `store`'s. The file is written by this version of lamina and read by the
same schema version only: another one is set aside and begun anew, since all that it holds can be made again.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["SCHEMA_VERSION", "Database"]

# 1: categories, results, durations.
SCHEMA_VERSION = 1

_SCHEMA = """
-- The last run of each category. counts: JSON, outcome to number. duration: seconds of wall time.
create table categories (
    name text primary key, layer text not null, outcome text not null, counts text not null, tests integer not null,
    duration real not null, executed_at text not null, executed_run text not null
);
-- The tests of that run: a zlib-compressed JSON list of test records.
create table results (category text primary key, records blob not null);
-- Seconds of each test when it last ran to its end.
create table durations (category text not null, id text not null, seconds real not null, primary key (category, id))
    without rowid;
"""


class Database:
    """Opened for each use, so that threads and processes share nothing but the file. `notes` tells what was set aside."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.notes: list[str] = []

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection to read from; None when there is nothing yet or it can't be read."""
        connection = self._connect(create=False)
        try:
            yield connection
        finally:
            if connection is not None:
                connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection | None]:
        """A transaction, committed at the end; None when nothing can be written here (said in a note)."""
        connection = self._connect(create=True)
        if connection is None:
            yield None
            return
        try:
            with connection:
                yield connection
        except sqlite3.OperationalError as error:
            self.notes.append(f"history is not kept: {self._path}: {error}")
        finally:
            connection.close()

    def _connect(self, create: bool) -> sqlite3.Connection | None:
        if not create and not self._path.exists():
            return None
        for _ in range(2):
            try:
                return self._open(create)
            except sqlite3.OperationalError as error:
                # No space, no permission, or another run writes for longer than the timeout: the file itself is good.
                self.notes.append(f"history is not kept: {self._path}: {error}")
                return None
            except sqlite3.DatabaseError:
                self._set_aside()
            except OSError as error:
                self.notes.append(f"history is not kept: {self._path}: {error.strerror}")
                return None
        return None

    def _open(self, create: bool) -> sqlite3.Connection:
        if create:
            self._path.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._path, timeout=10, isolation_level="IMMEDIATE")
        try:
            version = connection.execute("pragma user_version").fetchone()[0]
            if version == SCHEMA_VERSION:
                return connection
            if version or connection.execute("select count(*) from sqlite_master").fetchone()[0]:
                raise sqlite3.DatabaseError(f"schema version {version}")
            connection.execute("pragma journal_mode = wal")
            connection.execute("pragma synchronous = normal")
            connection.executescript(f"begin; {_SCHEMA} pragma user_version = {SCHEMA_VERSION}; commit;")
            return connection
        except BaseException as error:
            connection.close()
            if "already exists" in str(error):  # another run made the tables between our look and our try
                return self._open(create)
            raise

    def _set_aside(self) -> None:
        aside = self._path.with_name(f"{self._path.name}.broken-{int(time.time())}")
        with suppress(OSError):
            os.replace(self._path, aside)
        for suffix in ("-wal", "-shm"):
            with suppress(OSError):
                os.unlink(f"{self._path}{suffix}")
        self.notes.append(f"{self._path} could not be read; it was set aside as {aside.name} and begun anew")

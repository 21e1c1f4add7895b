"""The file of the result cache, `.lamina/cache.sqlite3`: where it is, its tables, and how results are forgotten.

All worktrees of a repository use the same file, several runs at a time. Whoever holds numbers of rows in memory says so by a
lock (`in_use`), and what nothing refers to is only taken away by who holds the lock alone: a number that is free is given to
something else.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress

from lamina.sources import sqlite_header
from lamina.sources.stored_database import StoredDatabase
from lamina.sources.stored_files import make_folder
from lamina.sources.worktrees import shared_folder
from lamina.tracing.probes import VERSION

__all__ = ["CacheDatabase", "cache_file"]

_NAME = "cache.sqlite3"
# 3: versions, items, sets, runs, traces, audits. 4: a result depends on what the teardown of shared fixtures used. What blocks mean
# is part of it: another cut is another schema.
_SCHEMA_VERSION = 4000 + VERSION

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
-- A run that executed tests: where, on which machine, at which commit.
create table runs (
    id integer primary key, name text not null unique, root text not null, machine text not null, revision text not null
);
-- A result with what it depended on: a shared set and items of its own. kind: test, file for what
-- collecting it gave, or elsewhere for the files with tests that are no test files by name.
-- used: when it was made, or marked as served (at most once a day), in seconds since the epoch.
create table traces (
    id integer primary key, category text not null, kind text not null, name text not null, digest blob not null,
    shared integer not null, own blob not null, record blob not null, used integer not null,
    run integer not null, unique (category, kind, name, digest)
);
-- Results that were executed although they could be served: how many, and which of them differed (one a line).
create table audits (at integer not null, category text not null, compared integer not null, faults text not null);
-- When that was last taken away which no result needed any more (one row).
create table upkeep (id integer primary key, at integer not null);
"""


class CacheDatabase(StoredDatabase):
    """Opened for each use. `notes` tells what went wrong with the file itself, a line each; nothing here fails a run."""

    def __init__(self, path: str) -> None:
        super().__init__(path, _SCHEMA, _SCHEMA_VERSION, "results are not cached")

    def forget(self, categories: Sequence[str] | None) -> None:
        """Forgets the results of these categories; None: all. What was audited stays known, and so does, while others are
        in the middle of a run, what their results may refer to."""
        from lamina.cache.bounds import take_away_unneeded

        connection = self.open(create=False)
        if connection is None:
            return
        with closing(connection):
            if categories is None:
                connection.execute("delete from traces")
            else:
                connection.executemany("delete from traces where category = ?", [(name,) for name in categories])
            with self.in_use(alone=True) as is_alone:
                if is_alone:
                    connection.execute("begin immediate")
                    take_away_unneeded(connection)
                    connection.execute("commit")

    @contextmanager
    def in_use(self, alone: bool = False) -> Iterator[bool]:
        """The lock of whoever holds numbers of rows; `alone`: of whoever takes rows away that nothing refers to. Whether it
        was granted: one who asks to be alone does not wait. Where there are no locks, nobody is alone."""
        try:
            make_folder(os.path.dirname(self.path))
            descriptor = os.open(f"{self.path}.use", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError:
            yield not alone
            return
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB if alone else fcntl.LOCK_SH)
            granted = True
        except OSError:
            granted = not alone
        try:
            yield granted
        finally:
            os.close(descriptor)


def cache_file(root: str, cache_dir: str) -> str:
    """The file of results for the project at `root`: in the folder that all worktrees of the repository share, unless another
    version of lamina uses that one or it can't be written."""
    own = os.path.join(cache_dir, _NAME)
    shared = os.path.join(shared_folder(root, cache_dir), _NAME)
    return shared if shared == own or _is_ours(shared) else own


def _is_ours(path: str) -> bool:
    """Whether a file is there of this schema, or none."""
    with suppress(FileNotFoundError):
        try:
            with open(path, "r+b") as file:
                # Nothing is written yet by whoever makes it now.
                return sqlite_header.user_version(file.read(sqlite_header.SIZE)) in (0, _SCHEMA_VERSION)
        except FileNotFoundError:
            raise
        except OSError:
            return False
    return True

"""The file of the history, `.lamina/history.sqlite3`: its tables. It knows nothing of what the rows mean; that is `store`'s."""

from __future__ import annotations

from pathlib import Path

from lamina.sources.stored_database import StoredDatabase

__all__ = ["SCHEMA_VERSION", "Database"]

# 1: categories, results, durations. 2: memory. 3: the file has a number of its own (see `sources.sqlite_header`).
SCHEMA_VERSION = 3

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
-- Bytes that each test needs at most beyond what its worker held before; only of tests that need much.
create table memory (category text not null, id text not null, growth integer not null, primary key (category, id))
    without rowid;
"""


class Database(StoredDatabase):
    """Opened for each use. `notes` tells what went wrong with the file itself, a line each."""

    def __init__(self, path: Path) -> None:
        super().__init__(str(path), _SCHEMA, SCHEMA_VERSION, "history is not kept")

"""Keeps the cache of results within its bounds of age and size.

Results go first, those that were used least recently first; then what no result needs any more: sets, items, versions of
files, runs. Pages that become free are given back to the file system in portions.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from pyroaring import BitMap

if TYPE_CHECKING:
    from lamina.cache.database import CacheDatabase

__all__ = ["DAY", "Bounds", "keep_in_bounds", "renew", "renew_last", "take_away_unneeded"]

DAY = 24 * 3600
# Results of one test that are kept for different contents, the latest used first.
_KEPT_TRACES = 12
# What is left of the bound once it was passed, so that not each run has to make room again.
_LEFT = 0.9
# Free pages are for new rows; of more than this share of the file some are given back, at most so many at a time.
_FREE_SHARE = 0.25
_MOST_PAGES = 50_000
# Seconds to wait for others before a result is not marked as used: the next run will do it.
_BRIEFLY = 0.2


class Bounds(NamedTuple):
    """Hours after which a result that was not used is dropped, and the most megabytes of the file; 0: no limit."""

    ttl_hours: float = 0.0
    max_mb: float = 0.0


def keep_in_bounds(database: CacheDatabase, connection: sqlite3.Connection, bounds: Bounds) -> None:
    """Drops what is too old, too many of one test, or too much. What nothing needs any more goes once a day, or when space
    is short; not while others count on it, whose last one will do it. Raises sqlite3.Error."""
    connection.execute("begin immediate")
    _drop_old(connection, bounds.ttl_hours)
    _drop_surplus(connection)
    connection.execute("commit")
    limit = int(bounds.max_mb * 1_000_000)
    is_over = bool(limit) and _size(connection) > limit
    if not is_over and not _is_due(connection):
        return
    with database.in_use(alone=True) as is_alone:
        if is_alone:
            connection.execute("begin immediate")
            take_away_unneeded(connection)
            if limit and _size(connection) > limit:
                _make_room(connection, int(limit * _LEFT))
            connection.execute("commit")
            _give_back(connection)


def renew(database: CacheDatabase, traces: Iterable[int]) -> None:
    """Marks results as used now. Called with those that were not for a day, so that serving writes next to nothing."""
    _mark(database, "update traces set used = ? where id = ?", traces)


def renew_last(database: CacheDatabase, categories: Iterable[str]) -> None:
    """Marks of each test of these categories the result that was used last as used now."""
    latest = (
        "select max(used) from traces as one"
        " where one.category = traces.category and one.kind = traces.kind and one.name = traces.name"
    )
    _mark(database, f"update traces set used = ? where category = ? and used = ({latest})", categories)


def _mark(database: CacheDatabase, statement: str, what: Iterable[object]) -> None:
    rows = [(int(time.time()), one) for one in what]
    connection = database.open(create=False) if rows else None
    if connection is None:
        return
    try:
        connection.execute(f"pragma busy_timeout = {int(_BRIEFLY * 1000)}")
        connection.execute("begin immediate")
        connection.executemany(statement, rows)
        connection.execute("commit")
    except sqlite3.Error:
        pass
    finally:
        connection.close()


def take_away_unneeded(connection: sqlite3.Connection) -> None:
    """Takes away what no result refers to. To be called in a transaction, by who holds the lock alone."""
    connection.execute("delete from sets where id not in (select shared from traces)")
    needed = BitMap()
    for query in ("select own from traces", "select bits from sets"):
        for (blob,) in connection.execute(query):
            needed |= BitMap.deserialize(blob)
    gone = BitMap(number for (number,) in connection.execute("select id from items")) - needed
    connection.executemany("delete from items where id = ?", ((number,) for number in gone))
    connection.execute("delete from versions where id not in (select version from items where version is not null)")
    connection.execute("delete from runs where id not in (select run from traces)")
    connection.execute("insert or replace into upkeep (id, at) values (1, ?)", (int(time.time()),))


def _drop_old(connection: sqlite3.Connection, ttl_hours: float) -> None:
    if ttl_hours:
        connection.execute("delete from traces where used < ?", (int(time.time() - ttl_hours * 3600),))


def _drop_surplus(connection: sqlite3.Connection) -> None:
    """Of a test's results for different contents, keeps the last used ones."""
    connection.execute(
        "delete from traces where id in (select id from (select id, row_number() over"
        " (partition by category, kind, name order by used desc, id desc) as place from traces) where place > ?)",
        (_KEPT_TRACES,),
    )


def _make_room(connection: sqlite3.Connection, limit: int) -> None:
    """Drops the results that were used least recently, in portions, since what that frees is known only afterwards."""
    while True:
        size = _size(connection)
        (number,) = connection.execute("select count(*) from traces").fetchone()
        if size <= limit or not number:
            return
        # Half of what it would take if all were alike: some of the file is nobody's.
        portion = max(1, int(number * (1 - limit / size) / 2))
        connection.execute(
            "delete from traces where id in (select id from traces order by used, id limit ?)", (portion,)
        )
        take_away_unneeded(connection)


def _is_due(connection: sqlite3.Connection) -> bool:
    row = connection.execute("select at from upkeep").fetchone()
    return row is None or abs(time.time() - row[0]) > DAY


def _size(connection: sqlite3.Connection) -> int:
    """Bytes in use."""
    return (_pragma(connection, "page_count") - _pragma(connection, "freelist_count")) * _pragma(
        connection, "page_size"
    )


def _give_back(connection: sqlite3.Connection) -> None:
    free = _pragma(connection, "freelist_count")
    if free > _pragma(connection, "page_count") * _FREE_SHARE:
        # One step for each page, of which `execute` would take only the first.
        connection.executescript(f"pragma incremental_vacuum({min(free, _MOST_PAGES)})")
        connection.execute("pragma wal_checkpoint(passive)").fetchall()


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"pragma {name}").fetchone()[0])

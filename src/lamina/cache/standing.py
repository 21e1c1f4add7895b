"""Of a test's results the one that counts."""

from __future__ import annotations

import sqlite3
from typing import NamedTuple

import msgspec

from lamina.cache.deciding import NOT_SERVABLE, is_nearer
from lamina.cache.judging import Judge
from lamina.cache.recording import Result

__all__ = ["Standing", "known_tests", "listed", "standings"]


class Standing(NamedTuple):
    """The result of a test that counts: a valid one, else the one that is nearest to the tree. `key` says when it was used
    last, `shared` and `own` what it depends on; `record` is None when it is not to be served (it failed, or needed a second
    attempt)."""

    is_valid: bool
    key: tuple[int, int]
    shared: int
    own: bytes
    record: Result | None


def known_tests(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """(category, test) of all that is on record."""
    return connection.execute(
        "select distinct category, name from traces where kind = 'test' order by category, name"
    ).fetchall()


def standings(connection: sqlite3.Connection, judge: Judge, category: str, test: str = "") -> dict[str, Standing]:
    """The results that count, by test: of all tests of a category, or of one."""
    query = "select id, name, shared, own, record, used from traces where category = ? and kind = 'test'"
    words = (category,)
    found: dict[str, Standing] = {}
    records: dict[str, bytes] = {}
    for trace, name, shared, own, record, used in connection.execute(
        f"{query} and name = ?" if test else query, (*words, test) if test else words
    ):
        one = Standing(judge.is_valid(shared, own, name), (used, trace), shared, own, None)
        if name not in found or _counts_more(judge, one, found[name]):
            found[name] = one
            records[name] = record
    return {
        name: one._replace(record=None if records[name] == NOT_SERVABLE else msgspec.msgpack.decode(records[name], type=Result))
        for name, one in found.items()
    }  # fmt: skip


def _counts_more(judge: Judge, one: Standing, other: Standing) -> bool:
    if one.is_valid != other.is_valid:
        return one.is_valid
    return one.key > other.key if one.is_valid else is_nearer(judge, one[1:4], other[1:4])


def listed(connection: sqlite3.Connection, judge: Judge, category: str) -> dict[str, list[str]]:
    """The tests of each file whose tests are known as it is now."""
    rows = connection.execute(
        "select name, shared, own, record from traces where category = ? and kind = 'file' order by used, id",
        (category,),
    )
    return {
        name: msgspec.msgpack.decode(record, type=list[str])
        for name, shared, own, record in rows
        if judge.is_valid(shared, own, name, tests_of=name)
    }

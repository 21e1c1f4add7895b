"""Tests in files that are no test files by name: what a `pytest_collect_file` of the project's or of a plugin makes tests of.

Which files these are is only known to who collects. So the cache keeps which there were, and a category that had some is collected
whenever anything changed.
"""

from __future__ import annotations

import sqlite3

import msgspec

__all__ = ["ELSEWHERE", "decode", "elsewhere"]

# The kind of the one row of a category that holds their paths: it depends on nothing, so a later one takes its place.
ELSEWHERE = "elsewhere"


def elsewhere(connection: sqlite3.Connection, category: str) -> frozenset[str]:
    """The paths of such files that the category had tests in when it was last collected."""
    row = connection.execute(
        "select record from traces where category = ? and kind = ?", (category, ELSEWHERE)
    ).fetchone()
    return decode(row[0]) if row else frozenset()


def decode(record: bytes) -> frozenset[str]:
    """The paths in a row."""
    return frozenset(msgspec.msgpack.decode(record, type=list[str]))

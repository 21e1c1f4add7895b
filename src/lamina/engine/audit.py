"""The audit: a small random share of what would be served from cache is executed all the same, and compared.

It is how a fault of the selection would come to light, and it bounds how often there can be one. The setting `audit_share`
(`LAMINA_AUDIT`) is the probability with which each served test is drawn; 0 turns the audit off.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress

from lamina.cache.database import CacheDatabase
from lamina.cache.deciding import Served
from lamina.records import TestRecord

__all__ = ["drawn", "report"]

# With no fault among n audited results, less than this divided by n are faulty, at a confidence of 95 % (rule of three).
_RULE_OF_THREE = 3.0


def drawn(tests: Iterable[str], probability: float) -> set[str]:
    """The tests that are executed although they could be served."""
    return {test for test in tests if random.random() < probability} if probability else set()


def report(cache_dir: str, category: str, audited: Mapping[str, Served], executed: Iterable[TestRecord]) -> list[str]:
    """Compares what was executed with what would have been served. Returns lines for the user; results that differ are
    dropped from the cache and kept in its history."""
    compared = [test for test in executed if test.id in audited and test.outcome != "not_run"]
    if not compared:
        return []
    faults = [test for test in compared if test.outcome != audited[test.id].result.outcome]
    lines = [
        f"SELECTION FAULT: {test.id} would have been served as {audited[test.id].result.outcome}, and is {test.outcome} when"
        " executed: please report it, unless the test is flaky; its recorded results were dropped"
        for test in faults
    ]
    checked, faulty = _keep(cache_dir, category, len(compared), [test.id for test in faults])
    bound = (
        f"less than {min(1.0, _RULE_OF_THREE / checked):.1%} are faulty (95 %)" if not faulty else f"{faulty} differed"
    )
    number = "1 result" if len(compared) == 1 else f"{len(compared):,} results"
    lines.append(f"{category}: audit of {number} that would have been served; of {checked:,} so far: {bound}")
    return lines


def _keep(cache_dir: str, category: str, compared: int, faults: list[str]) -> tuple[int, int]:
    """Writes the audit down; returns how many results were ever audited, and how many of them differed."""
    database = CacheDatabase(os.path.join(cache_dir, "cache.sqlite3"))
    connection = database.open(create=True)
    if connection is None:
        return compared, len(faults)
    try:
        with suppress(Exception):
            connection.execute("begin immediate")
            connection.execute(
                "insert into audits (at, category, compared, faults) values (?, ?, ?, ?)",
                (int(time.time()), category, compared, "\n".join(faults)),
            )
            connection.executemany(
                "delete from traces where category = ? and kind = 'test' and name = ?",
                [(category, test) for test in faults],
            )
            connection.execute("commit")
        rows = connection.execute("select compared, faults from audits").fetchall()
        return sum(row[0] for row in rows), sum(len(row[1].split("\n")) for row in rows if row[1])
    finally:
        connection.close()

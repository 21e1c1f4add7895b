"""What audits found: results that were executed although they could be served, and those that came out otherwise.

Kept in the cache's file, also when results are forgotten. From all that was ever compared follows an upper bound for the share
of served results that are wrong.
"""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

import msgspec
from pyroaring import BitMap

from lamina.cache.database import CacheDatabase
from lamina.records import AuditFault, AuditRecord
from lamina.tracing.made_up import LOOKUP, LOOKUP_OWN, MENTION

__all__ = ["bound", "keep", "missing_inputs", "on_record"]

_CONFIDENCE = 0.95
# Faults that a report lists; the numbers count all of them.
_LISTED = 50
_WORDS = {
    "body": "{} ran", "module": "module {}", "file": "file {}", "exists": "whether {} is there", "list": "the names in {}/",
    "env": "variable ${}", "import": "where {} is imported from", "everything": "any file, by a program",
    "inputs": "the category's inputs, by a program",
}  # fmt: skip


def bound(compared: int, faulty: int) -> float:
    """The share of wrong results that is not exceeded at a confidence of 95 %, when `faulty` of so many, drawn at random,
    differed (Clopper and Pearson; without a fault about 3 divided by the number)."""
    if faulty >= compared:
        return 1.0
    low, high = faulty / compared, 1.0
    for _ in range(60):
        share = (low + high) / 2
        if _at_most(faulty, compared, share) > 1 - _CONFIDENCE:
            low = share
        else:
            high = share
    return high


def _at_most(faulty: int, compared: int, share: float) -> float:
    """How probable it is to see no more faults than that, if so large a share is wrong."""
    if share >= 1.0:
        return 0.0
    total = 0.0
    for number in range(faulty + 1):
        ways = math.lgamma(compared + 1) - math.lgamma(number + 1) - math.lgamma(compared - number + 1)
        chance = number * math.log(share) if number else 0.0
        total += math.exp(ways + chance + (compared - number) * math.log1p(-share))
    return total


def keep(connection: sqlite3.Connection, category: str, compared: int, faults: Sequence[AuditFault]) -> None:
    """Writes an audit down, and drops the recorded results of tests that differed."""
    connection.execute("begin immediate")
    connection.execute(
        "insert into audits (at, category, compared, faults) values (?, ?, ?, ?)",
        (int(time.time()), category, compared, "\n".join(msgspec.json.encode(fault).decode() for fault in faults)),
    )
    connection.executemany(
        "delete from traces where category = ? and kind = 'test' and name = ?",
        [(category, fault.test) for fault in faults],
    )
    connection.execute("commit")


def on_record(path: str, run: str = "", compared: int = 0) -> AuditRecord | None:
    """All audits in the cache's file at `path`; `compared` in this `run`. None when nothing was ever audited."""
    rows: list[tuple[int, str, int, str]] = []
    with CacheDatabase(path).reading() as connection, suppress(sqlite3.Error):
        if connection is not None:
            rows = connection.execute("select at, category, compared, faults from audits order by at").fetchall()
    total = sum(row[2] for row in rows)
    if not total:
        return None
    faults = [_fault(line, at, category) for at, category, _, lines in rows for line in lines.splitlines()]
    return AuditRecord(
        compared=compared,
        faults=[fault for fault in faults if fault.run and fault.run == run],
        compared_ever=total,
        faulty_ever=len(faults),
        bound=bound(total, len(faults)),
        earlier_faults=[fault for fault in faults if not fault.run or fault.run != run][-_LISTED:],
    )


def _fault(line: str, at: int, category: str) -> AuditFault:
    if line.startswith("{"):
        with suppress(msgspec.MsgspecError):
            return msgspec.json.decode(line, type=AuditFault)
    when = datetime.fromtimestamp(at, UTC).isoformat().replace("+00:00", "Z")
    return AuditFault(test=line, category=category, served="", executed="", at=when)


def missing_inputs(connection: sqlite3.Connection, category: str, test: str, trace: int) -> list[str]:
    """What a test used when it was executed, and the result of `trace` that would have been served is not recorded to have
    used, in words. Empty when both used the same, as far as it was seen."""
    old = connection.execute("select shared, own from traces where id = ?", (trace,)).fetchone()
    new = connection.execute(
        "select shared, own from traces where category = ? and kind = 'test' and name = ? and id > ? order by id desc",
        (category, test, trace),
    ).fetchone()
    if old is None or new is None:
        return []
    more = _items(connection, *new) - _items(connection, *old)
    before = _keys(connection, _items(connection, *old))
    return sorted(_in_words(key) for key in _keys(connection, more) - before if not _is_of_failing(key, test))


def _is_of_failing(key: str, test: str) -> bool:
    """Whether it is used for showing a failure: pytest asks for the test's file, the folders around it, and whether this is
    a CI server. Effects of a module say no more than the module; names that were made up change nothing by themselves."""
    kind, _, name = key.partition(":")
    if kind in ("file", "exists", "list"):
        file = test.partition("::")[0]
        return file == name or not name or file.startswith(f"{name}/")
    return kind in ("effects", MENTION, LOOKUP, LOOKUP_OWN) or key in ("env:CI", "env:BUILD_NUMBER")


def _items(connection: sqlite3.Connection, shared: int, own: bytes) -> BitMap:
    row = connection.execute("select bits from sets where id = ?", (shared,)).fetchone()
    return BitMap.deserialize(own) | (BitMap.deserialize(row[0]) if row else BitMap())


def _keys(connection: sqlite3.Connection, items: BitMap) -> set[str]:
    rows = (connection.execute("select key from items where id = ?", (number,)).fetchone() for number in items)
    return {row[0] for row in rows if row}


def _in_words(key: str) -> str:
    kind, _, name = key.partition(":")
    if kind == "body":
        path, _, body = name.rpartition(":")
        name = f"{path}: {body.partition('#')[0]}"
    return _WORDS.get(kind, f"{kind} {{}}").replace("{}", name)

"""The audit: a small random share of what would be served from cache is executed all the same, and compared.

It is how a fault of the selection would come to light, and it bounds how often there can be one. The setting `audit_share`
(`LAMINA_AUDIT`) is the probability with which each served test is drawn; 0 turns the audit off.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime

from lamina.cache import audits
from lamina.cache.database import CacheDatabase
from lamina.cache.deciding import Served
from lamina.records import AuditFault, Note, TestRecord
from lamina.reports.auditing import fault_text, standing_text
from lamina.reports.wording import plural

__all__ = ["REASON", "drawn", "report"]

# Why a test ran that was drawn.
REASON = "audit: its result could be served"


def drawn(tests: Iterable[str], probability: float) -> set[str]:
    """The tests that are executed although they could be served."""
    return {test for test in tests if random.random() < probability} if probability else set()


def report(
    path: str, category: str, audited: Mapping[str, Served], executed: Iterable[TestRecord], run: str = ""
) -> list[Note]:
    """Compares what was executed with what would have been served. Returns what to tell the user; results that differ are
    dropped from the cache, the file at `path`, and kept in its history."""
    compared = [test for test in executed if test.id in audited and test.outcome != "not_run"]
    if not compared:
        return []
    different = [test for test in compared if test.outcome != audited[test.id].result.outcome]
    faults = [_fault(test, audited[test.id], category, run) for test in different]
    connection = CacheDatabase(path).open(create=True)
    if connection is not None:
        with closing(connection), suppress(Exception):
            faults = [
                _with_missing(fault, audits.missing_inputs(connection, category, fault.test, audited[fault.test].trace))
                for fault in faults
            ]
            audits.keep(connection, category, len(compared), faults)
    notes = [Note(fault_text(fault), loud=True) for fault in faults]
    found = audits.on_record(path)
    said = f": {standing_text(found)}" if found else ""
    return [
        *notes,
        Note(f"{category}: audit of {plural(len(compared), 'result')} that would have been served{said}"),
    ]


def _fault(test: TestRecord, served: Served, category: str, run: str) -> AuditFault:
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return AuditFault(
        test=test.id, category=category, served=served.result.outcome, executed=test.outcome, at=now, run=run
    )


def _with_missing(fault: AuditFault, missing: list[str]) -> AuditFault:
    return AuditFault(
        test=fault.test, category=fault.category, served=fault.served, executed=fault.executed, at=fault.at,
        run=fault.run, missing=tuple(missing),
    )  # fmt: skip

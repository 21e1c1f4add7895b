"""What lamina remembers of earlier runs, category by category.

Reading a summary imports nothing heavy, since `doit list` and a run in which nothing changed need no more than that.
"""

from __future__ import annotations

import json
import sqlite3
import zlib
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from lamina.history.database import Database

if TYPE_CHECKING:
    from lamina.history.outcome import CategoryOutcome
    from lamina.records import TestRecord

__all__ = ["CategorySummary", "Store"]

# Tests encoded at once.
_BATCH = 2000


# Bytes below which a test's need for memory is not worth a note.
_MUCH = 8 << 20


class CategorySummary(NamedTuple):
    """A category's last run: what it came to, numbers of tests by outcome, and its wall time in seconds."""

    name: str
    layer: str
    outcome: str
    counts: dict[str, int]
    tests: int
    duration: float
    executed_at: str
    executed_run: str


class Store:
    """The history in `cache_dir`. Nothing here ever fails a run: what can't be read or written is said in `notes`."""

    def __init__(self, cache_dir: Path) -> None:
        self._database = Database(cache_dir / "history.sqlite3")

    @property
    def notes(self) -> list[str]:
        """What went wrong with the file itself, a line each."""
        return self._database.notes

    def summaries(self) -> dict[str, CategorySummary]:
        """The last run of every category that ever ran."""
        with self._database.reading() as connection:
            if connection is None:
                return {}
            rows = connection.execute(
                "select name, layer, outcome, counts, tests, duration, executed_at, executed_run from categories"
            ).fetchall()
        return {
            name: CategorySummary(name, layer, outcome, json.loads(counts), tests, duration, executed_at, executed_run)
            for name, layer, outcome, counts, tests, duration, executed_at, executed_run in rows
        }

    def tests(self, category: str) -> list[TestRecord]:
        """The tests of the category's last run, as they were recorded then; empty when there are none."""
        import msgspec

        from lamina.records import TestRecord

        with self._database.reading() as connection:
            row = connection and connection.execute(
                "select records from results where category = ?", (category,)
            ).fetchone()  # fmt: skip
        try:
            return msgspec.json.decode(zlib.decompress(row[0]), type=list[TestRecord]) if row else []
        except (zlib.error, msgspec.DecodeError):
            self.notes.append(f"the recorded results of {category} could not be read")
            return []

    def durations(self, category: str) -> dict[str, float]:
        """Seconds by test id."""
        with self._database.reading() as connection:
            if connection is None:
                return {}
            return dict(connection.execute("select id, seconds from durations where category = ?", (category,)))

    def memory(self, category: str) -> dict[str, int]:
        """Bytes that tests need at most beyond what their worker holds, by test id, of those that need much."""
        with self._database.reading() as connection:
            if connection is None:
                return {}
            return dict(connection.execute("select id, growth from memory where category = ?", (category,)))

    def wall_seconds(self, category: str) -> float:
        """The wall time of the category's last run; 0 when unknown."""
        with self._database.reading() as connection:
            row = connection and connection.execute(
                "select duration from categories where name = ?", (category,)
            ).fetchone()  # fmt: skip
        return float(row[0]) if row else 0.0

    def save(self, outcome: CategoryOutcome) -> bool:
        """Keeps what came of a category; returns whether it could. Tests that did not run leave their last duration as it was."""
        record = outcome.record
        losses = self._database.losses
        blob = _compressed(outcome.tests)
        ran = ((record.name, test.id, test.duration) for test in outcome.tests if test.outcome != "not_run")
        complete = record.outcome in ("passed", "failed") and all(test.outcome != "not_run" for test in outcome.tests)
        with self._database.writing() as connection:
            if connection is None:
                return False
            seconds = record.duration
            if record.outcome == "cached":  # nothing was executed: how long it takes is what it took before
                known = connection.execute("select duration from categories where name = ?", (record.name,)).fetchone()
                seconds = known[0] if known else seconds
            connection.execute(
                "insert or replace into categories values (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    record.name, record.layer, record.outcome, json.dumps(record.counts), len(outcome.tests),
                    seconds, record.executed_at, record.executed_run,
                ),
            )  # fmt: skip
            connection.execute("insert or replace into results values (?, ?)", (record.name, blob))
            if complete:  # tests that are gone need no duration
                connection.execute("delete from durations where category = ?", (record.name,))
            connection.executemany("insert or replace into durations values (?, ?, ?)", ran)
            _save_memory(connection, outcome, complete)
        return self._database.losses == losses

    def forget(self, categories: Iterable[str] | None = None) -> None:
        """Forgets the results of `categories`, or of all; durations stay, as they only order the next run."""
        with self._database.writing() as connection:
            if connection is None:
                return
            for table, column in (("categories", "name"), ("results", "category")):
                if categories is None:
                    connection.execute(f"delete from {table}")
                else:
                    connection.executemany(f"delete from {table} where {column} = ?", [(name,) for name in categories])


def _compressed(tests: list[TestRecord]) -> bytes:
    """A JSON list, compressed in pieces: 100,000 tests are never in memory as one text."""
    import msgspec

    compressor = zlib.compressobj(1)
    pieces = [compressor.compress(b"[")]
    for start in range(0, len(tests), _BATCH):
        text = msgspec.json.encode(tests[start : start + _BATCH])[1:-1]
        pieces.append(compressor.compress(b"," + text if start else text))
    return b"".join([*pieces, compressor.compress(b"]"), compressor.flush()])


def _save_memory(connection: sqlite3.Connection, outcome: CategoryOutcome, complete: bool) -> None:
    """What a test needs varies: a smaller need than known lowers what is known by a fifth at a time."""
    category = outcome.record.name
    known = dict(connection.execute("select id, growth from memory where category = ?", (category,)))
    needs = {} if complete else dict(known)
    for test in outcome.tests:
        growth = known.get(test.id, 0)
        if test.outcome != "not_run" and not test.cached:
            growth = max(test.memory_growth, growth * 4 // 5)
        if growth >= _MUCH:
            needs[test.id] = growth
        else:
            needs.pop(test.id, None)
    rows = [(category, test, growth) for test, growth in needs.items()]
    connection.execute("delete from memory where category = ?", (category,))
    connection.executemany("insert into memory values (?, ?, ?)", rows)

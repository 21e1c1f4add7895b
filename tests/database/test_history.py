"""The history store: what it keeps, and what happens when its file is broken, foreign, locked or in use twice."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from lamina.history.outcome import CategoryOutcome
from lamina.history.store import Store
from lamina.records import Attempt, CategoryRecord, Outcome, TestRecord


def outcome_of(name: str, *tests: tuple[str, Outcome, float], verdict: str = "passed") -> CategoryOutcome:
    records = [
        TestRecord(
            id=test,
            layer="layer",
            category=name,
            outcome=outcome,
            duration=seconds,
            attempts=(Attempt(outcome, seconds),),
        )
        for test, outcome, seconds in tests
    ]
    counts: dict[str, int] = {}
    for record in records:
        counts[record.outcome] = counts.get(record.outcome, 0) + 1
    return CategoryOutcome(
        record=CategoryRecord(
            name=name, layer="layer", outcome=verdict, counts=counts, duration=1.5, executed_run="run-1"
        ),  # type: ignore[arg-type]
        tests=records,
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path)


def test_nothing_is_known_at_first_and_nothing_is_made(store: Store, tmp_path: Path) -> None:
    assert (store.summaries(), store.tests("unit"), store.durations("unit"), store.wall_seconds("unit")) == (
        {},
        [],
        {},
        0.0,
    )
    assert list(tmp_path.iterdir()) == []


def test_what_was_saved_comes_back(store: Store) -> None:
    saved = outcome_of("unit", ("a.py::test_a", "passed", 0.5), ("a.py::test_b", "skipped", 0.0))
    store.save(saved)
    assert store.tests("unit") == saved.tests
    assert store.durations("unit") == {"a.py::test_a": 0.5, "a.py::test_b": 0.0}
    assert store.wall_seconds("unit") == 1.5
    summary = store.summaries()["unit"]
    assert (summary.outcome, summary.tests, summary.counts, summary.executed_run) == (
        "passed", 2, {"passed": 1, "skipped": 1}, "run-1",
    )  # fmt: skip
    assert store.notes == []


def test_durations_of_tests_that_did_not_run_stay(store: Store) -> None:
    store.save(outcome_of("unit", ("a", "passed", 0.5), ("b", "passed", 0.7)))
    store.save(outcome_of("unit", ("a", "passed", 0.6), ("b", "not_run", 0.0), verdict="not_run"))
    assert store.durations("unit") == {"a": 0.6, "b": 0.7}


def test_durations_of_tests_that_are_gone_go(store: Store) -> None:
    store.save(outcome_of("unit", ("a", "passed", 0.5), ("b", "passed", 0.7)))
    store.save(outcome_of("unit", ("a", "passed", 0.6)))
    assert store.durations("unit") == {"a": 0.6}


def test_forgetting_some_or_all(store: Store) -> None:
    for name in ("one", "two", "three"):
        store.save(outcome_of(name, ("a", "passed", 0.5)))
    store.forget(["one"])
    assert set(store.summaries()) == {"two", "three"}
    assert store.tests("one") == []
    store.forget()
    assert store.summaries() == {}
    assert store.durations("two") == {"a": 0.5}


@pytest.mark.parametrize(
    "content", [b"not a database at all, but long enough to look like one " * 20, b"SQLite format 3\0broken"]
)
def test_a_broken_file_is_set_aside_once(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "history.sqlite3"
    path.write_bytes(content)
    store = Store(tmp_path)
    assert store.summaries() == {}
    assert len(store.notes) == 1
    assert "set aside" in store.notes[0]
    assert [file.read_bytes() for file in tmp_path.glob("*.broken-*")] == [content]
    store.save(outcome_of("unit", ("a", "passed", 0.5)))
    assert Store(tmp_path).durations("unit") == {"a": 0.5}


def test_a_foreign_database_is_set_aside(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "history.sqlite3")) as connection:
        connection.execute("create table somebody_s (thing)")
        connection.commit()
    store = Store(tmp_path)
    store.save(outcome_of("unit", ("a", "passed", 0.5)))
    assert store.durations("unit") == {"a": 0.5}
    assert "schema version 0" not in store.notes[0] and "set aside" in store.notes[0]


def test_a_folder_that_can_t_be_written_is_a_note(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    store = Store(blocked / "cache")
    store.save(outcome_of("unit", ("a", "passed", 0.5)))
    assert len(store.notes) == 1
    assert "history is not kept" in store.notes[0]


WRITER = """
import sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from test_history import outcome_of
from lamina.history.store import Store
store = Store(Path({cache!r}))
for number in range(20):
    store.save(outcome_of(sys.argv[1], (f"{{sys.argv[1]}}-{{number}}", "passed", 0.1)))
assert store.notes == [], store.notes
"""


def test_processes_that_write_at_once(tmp_path: Path) -> None:
    script = WRITER.format(folder=str(Path(__file__).parent), cache=str(tmp_path))
    running = [subprocess.Popen([sys.executable, "-c", script, name]) for name in ("one", "two", "three")]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    store = Store(tmp_path)
    assert {name: store.durations(name) for name in ("one", "two", "three")} == {
        name: {f"{name}-19": 0.1} for name in ("one", "two", "three")
    }


def test_more_tests_than_are_encoded_at_once(store: Store) -> None:
    outcome = outcome_of("unit", *((f"test_{number}", "passed", 0.1) for number in range(4500)))
    store.save(outcome)
    assert [test.id for test in store.tests("unit")] == [f"test_{number}" for number in range(4500)]


def test_a_category_that_came_from_cache_takes_as_long_as_before(store: Store) -> None:
    store.save(outcome_of("unit", ("a", "passed", 0.5)))
    before = store.wall_seconds("unit")
    served = outcome_of("unit", ("a", "passed", 0.5), verdict="cached")
    served.record.duration = 0.0
    store.save(served)
    assert store.wall_seconds("unit") == before > 0
    assert store.summaries()["unit"].outcome == "cached"

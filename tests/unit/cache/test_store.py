"""The store on disk: reopened, shared, broken, killed."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyroaring import BitMap

from lamina.cache import recording as recording_module
from lamina.cache.bounds import Bounds
from lamina.cache.database import CacheDatabase
from lamina.cache.origins import Origin
from lamina.cache.recording import Recording, Result, decode_analysis
from lamina.tracing.blocks import analyse

PASSED = Result("passed", (0.0, 0.1, 0.0), "test_a.py", 1, 0, "", 0.0, "run")
WRITER = """
import sys
from lamina.cache.recording import Recording, Result
from lamina.tracing.blocks import analyse
path, category, count = sys.argv[1:]
analysis = analyse(b"def f(): pass\\n")
recording = Recording(path, category)
print("open", flush=True)
for number in range(int(count)):
    version = recording.version("app.py", "content", analysis)
    own = frozenset({recording.item(f"body:app.py:f{number}", "print", version), recording.item("file:a", str(number))})
    shared = recording.shared(frozenset({recording.item("module:app.py", "content", version)}))
    record = Result("passed", (0.0, 0.0, 0.0), "test_a.py", 1, 0, str(number), 0.0, "run")
    recording.keep("test", f"test_{number}", shared, own, record)
    if number % 50 == 49:
        recording.flush()
        print(number, flush=True)
recording.close()
assert recording.notes == [], recording.notes
"""


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / ".lamina" / "cache.sqlite3")


def rows(path: str, query: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


def record(path: str, *names: str, state: str = "1", category: str = "unit", hours: float = 0.0) -> Recording:
    """A result of each test, which depends on a file in this state."""
    recording = Recording(path, category, Bounds(ttl_hours=hours))
    for name in names:
        item = recording.item("file:a", state)
        recording.keep("test", name, recording.shared(frozenset({item})), frozenset({item}), PASSED)
    recording.close()
    return recording


def start_writer(path: str, category: str, count: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, path, category, str(count)], stdout=subprocess.PIPE, text=True
    )


# -- writing -----------------------------------------------------------------------------------------------------------------


def test_items_and_sets_are_kept_once(path: str) -> None:
    record(path, "a", "b")
    record(path, "a", "c")
    assert rows(path, "select key, state from items") == [("file:a", "1")]
    assert rows(path, "select count(*) from sets") == [(1,)]
    assert rows(path, "select name from traces order by name") == [("a",), ("b",), ("c",)]


def test_a_version_holds_its_blocks(path: str) -> None:
    analysis = analyse(b"from a import b\nX = 1\ndef f(): return X\nclass A:\n    def g(self): yield\n")
    recording = Recording(path, "unit")
    item = recording.item("module:app.py", "content", recording.version("app.py", "content", analysis))
    recording.keep("test", "a", recording.shared(frozenset({item})), frozenset(), PASSED)
    recording.close()
    assert [decode_analysis(blob) for (blob,) in rows(path, "select analysis from versions")] == [analysis]


def test_a_result_for_the_same_dependencies_replaces_the_one_before(path: str) -> None:
    record(path, "a")
    record(path, "a")
    record(path, "a", state="2")
    assert rows(path, "select count(*) from traces") == [(2,)]


@pytest.fixture(params=["queued", "written"])
def recording(request: pytest.FixtureRequest, path: str) -> Iterator[Recording]:
    """Results of this run, behind one of an earlier run and one of another category."""
    record(path, "a", state="earlier")
    record(path, "a", category="other")
    recording = Recording(path, "unit", origin=Origin("this run"))
    item = recording.item("file:a", "1")
    for name in ("a", "b"):
        recording.keep("test", name, recording.shared(frozenset({item})), frozenset({item}), PASSED)
    recording.keep("file", "a", recording.shared(frozenset({item})), frozenset({item}), ["a"])
    if request.param == "written":
        recording.flush()
    yield recording
    assert recording.notes == []


OF_THIS_RUN = "from traces where category = 'unit' and run = 2 order by kind, name"


def test_what_this_run_kept_of_a_test_is_forgotten(recording: Recording, path: str) -> None:
    recording.drop(["a"])
    recording.close()
    assert rows(path, f"select kind, name {OF_THIS_RUN}") == [("file", "a"), ("test", "b")]
    assert rows(path, "select category, name from traces where run = 1") == [("unit", "a"), ("other", "a")]


def test_what_this_run_kept_of_a_test_must_not_be_served(recording: Recording, path: str) -> None:
    recording.spoil(["a"])
    recording.close()
    assert rows(path, f"select kind, name, record = x'c0' {OF_THIS_RUN}") == [
        ("file", "a", 0), ("test", "a", 1), ("test", "b", 0)
    ]  # fmt: skip
    assert rows(path, "select record = x'c0' from traces where run = 1") == [(0,), (0,)]


def test_what_this_run_kept_of_a_test_depends_on_more(recording: Recording, path: str) -> None:
    more = recording.item("file:b", "1")
    shared = recording.shared(frozenset({more}))
    recording.extend({"a": shared, "unknown": shared}, frozenset({more}))
    recording.close()
    keys = dict(rows(path, "select id, key from items"))
    sets = dict(rows(path, "select id, bits from sets"))

    def names(bits: bytes) -> list[str]:
        return sorted(keys[item] for item in BitMap.deserialize(bits))

    found = {
        (kind, name): (names(sets[shared]), names(own))
        for kind, name, shared, own in rows(path, f"select kind, name, shared, own {OF_THIS_RUN}")
    }
    assert found == {
        ("file", "a"): (["file:a"], ["file:a"]),
        ("test", "a"): (["file:b"], ["file:a", "file:b"]),
        ("test", "b"): (["file:a"], ["file:a"]),
    }
    assert {tuple(names(own)) for (own,) in rows(path, "select own from traces where run = 1")} == {("file:a",)}


def test_what_is_extended_takes_the_place_of_the_same_dependencies(path: str) -> None:
    for name, outcome in (("first", PASSED), ("second", None)):
        recording = Recording(path, "unit", origin=Origin(name))
        items = [recording.item(f"file:{name}", "1") for name in ("a", "b")]
        shared = recording.shared(frozenset())
        recording.keep("test", "a", shared, frozenset(items[:1]), outcome)
        recording.flush()
        recording.extend({"a": shared}, frozenset(items[1:]))
        recording.close()
    assert rows(path, "select name, record, run from traces") == [("a", b"\xc0", 2)]


def test_nothing_is_written_before_a_batch_is_full(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording_module, "_BATCH", 3)
    monkeypatch.setattr(recording_module, "_BATCH_SECONDS", 60)
    recording = Recording(path, "unit")
    item = recording.item("file:a", "1")
    for number, expected in enumerate((0, 0, 3, 3)):
        recording.keep("test", str(number), recording.shared(frozenset({item})), frozenset(), PASSED)
        assert rows(path, "select count(*) from traces") == [(expected,)]
    recording.close()
    assert rows(path, "select count(*) from traces") == [(4,)]


def test_of_many_results_the_last_are_kept(path: str) -> None:
    for number in range(20):
        record(path, "a", "b", state=str(number))
    assert rows(path, "select name, count(*) from traces group by name") == [("a", 12), ("b", 12)]


def test_results_that_were_not_used_for_long_are_dropped(path: str) -> None:
    record(path, "old")
    connection = sqlite3.connect(path)
    connection.execute("update traces set used = ?", (int(time.time()) - 7200,))
    connection.commit()
    connection.close()
    record(path, "new", hours=3.0)
    assert rows(path, "select name from traces order by name") == [("new",), ("old",)]
    record(path, "new", hours=1.0)
    assert rows(path, "select name from traces") == [("new",)]


# -- several at a time ---------------------------------------------------------------------------------------------------------


def test_two_runs_write_at_one_time(path: str) -> None:
    writers = [start_writer(path, category, 400) for category in ("unit", "api")]
    for writer in writers:
        writer.communicate(timeout=60)
        assert writer.returncode == 0
    assert rows(path, "select category, count(*) from traces group by category") == [("api", 400), ("unit", 400)]
    assert rows(path, "select count(*) from (select distinct key, state from items)") == rows(
        path, "select count(*) from items"
    )
    assert rows(path, "select count(*) from traces where shared not in (select id from sets)") == [(0,)]


def test_two_open_it_first_at_one_time(path: str) -> None:
    for _ in range(5):
        writers = [start_writer(path, str(number), 1) for number in range(4)]
        for writer in writers:
            writer.communicate(timeout=60)
        assert [writer.returncode for writer in writers] == [0, 0, 0, 0]
        assert rows(path, "select count(*) from traces") == [(4,)]
        for file in Path(path).parent.iterdir():
            file.unlink()


def test_two_find_it_broken_at_one_time(path: str) -> None:
    for _ in range(5):
        Path(path).parent.mkdir(exist_ok=True)
        Path(path).write_bytes(b"no database at all, but long enough to be read as the header of one" * 20)
        writers = [start_writer(path, str(number), 1) for number in range(4)]
        for writer in writers:
            writer.communicate(timeout=60)
        assert rows(path, "select count(*) from traces") == [(4,)], "none set aside what another one began"
        for file in Path(path).parent.iterdir():
            file.unlink()


def test_a_run_that_is_killed_leaves_whole_results(path: str) -> None:
    writer = start_writer(path, "unit", 100_000)
    assert writer.stdout is not None
    for line in writer.stdout:
        if line.strip() == "199":
            break
    writer.send_signal(signal.SIGKILL)
    writer.communicate(timeout=60)
    found = rows(path, "select name, record, own from traces")
    assert len(found) >= 200
    assert rows(path, "pragma integrity_check") == [("ok",)]
    assert rows(path, "select count(*) from traces where shared not in (select id from sets)") == [(0,)]
    keys = {number: (key, state) for number, key, state in rows(path, "select id, key, state from items")}
    for name, blob, own in found:
        number = name.removeprefix("test_")
        assert msgspec.msgpack.decode(blob, type=Result).message == number
        assert {keys[item] for item in BitMap.deserialize(own)} == {
            (f"body:app.py:f{number}", "print"),
            ("file:a", number),
        }
    assert record(path, "a").notes == [], "and it can be written to"


# -- broken --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content",
    [
        b"no database at all, but long enough to be read as the header of one" * 20,
        b"SQLite format 3\0" + b"\xff" * 4000,
    ],
)
def test_a_broken_file_is_set_aside(path: str, content: bytes) -> None:
    Path(path).parent.mkdir()
    Path(path).write_bytes(content)
    recording = record(path, "a")
    assert [note for note in recording.notes if "set aside" in note]
    assert rows(path, "select name from traces") == [("a",)]
    (aside,) = Path(path).parent.glob("*.broken-*")
    assert aside.read_bytes() == content


def test_another_schema_is_set_aside(path: str) -> None:
    record(path, "a")
    connection = sqlite3.connect(path)
    connection.execute("pragma user_version = 1")
    connection.commit()
    connection.close()
    database = CacheDatabase(path)
    with database.reading() as found:
        assert found is not None
        assert found.execute("select count(*) from traces").fetchone() == (0,)
    assert len(database.notes) == 1


def test_an_empty_file_is_a_new_one(path: str) -> None:
    Path(path).parent.mkdir()
    Path(path).write_bytes(b"")
    assert record(path, "a").notes == []
    assert rows(path, "select name from traces") == [("a",)]


def test_reading_makes_nothing(path: str) -> None:
    with CacheDatabase(path).reading() as connection:
        assert connection is None
    assert not os.path.exists(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_can_not_be_written(path: str) -> None:
    folder = Path(path).parent
    folder.mkdir()
    folder.chmod(0o500)
    try:
        recording = record(path, "a")
        assert len(recording.notes) == 1
        assert "not cached" in recording.notes[0]
    finally:
        folder.chmod(0o700)


def test_a_place_that_can_not_be_one(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    recording = record(str(tmp_path / "file" / "cache.sqlite3"), "a")
    assert "not cached" in recording.notes[0]
    (tmp_path / "folder.sqlite3").mkdir()
    assert "not cached" in record(str(tmp_path / "folder.sqlite3"), "a").notes[0]


def test_forgetting(path: str) -> None:
    record(path, "a", category="unit")
    record(path, "a", category="api")
    CacheDatabase(path).forget(["unit"])
    assert rows(path, "select category from traces") == [("api",)]
    CacheDatabase(path).forget(None)
    assert rows(path, "select count(*) from traces") == rows(path, "select count(*) from items") == [(0,)]


def test_forgetting_while_a_run_goes_on(path: str) -> None:
    """Numbers that the run has in memory must not become those of something else."""
    recording = Recording(path, "unit")
    item = recording.item("file:a", "1")
    shared = recording.shared(frozenset({item}))
    recording.keep("test", "a", shared, frozenset({item}), PASSED)
    recording.flush()
    CacheDatabase(path).forget(None)
    record(path, "other", state="2")
    recording.keep("test", "b", shared, frozenset({item}), PASSED)
    recording.close()
    ((own, bits),) = rows(path, "select own, bits from traces join sets on sets.id = shared where name = 'b'")
    for blob in (own, bits):
        (number,) = BitMap.deserialize(blob)
        assert rows(path, f"select key, state from items where id = {number}") == [("file:a", "1")]


def test_a_result_whose_set_is_gone_is_not_valid(kept: Any) -> None:
    kept.write(app_py="def f(): return 1\n")
    kept.record("f", ["app.py:f"], ["app.py"])
    connection = sqlite3.connect(kept.path)
    connection.execute("delete from sets")
    connection.commit()
    connection.close()
    assert kept.decide().reasons == {"f": "its record is incomplete"}

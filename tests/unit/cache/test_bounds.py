"""The bounds of the cache: what goes first, and that nothing that stays loses what it needs."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pyroaring import BitMap

from lamina.cache import bounds as bounds_module
from lamina.cache.bounds import DAY, Bounds, keep_in_bounds, renew, renew_last
from lamina.cache.database import CacheDatabase
from lamina.cache.recording import Recording, Result
from lamina.tracing.blocks import analyse

SOURCE = "".join(f"def function_{number}(value): return value + {number}\n" for number in range(100)).encode()
UNBOUNDED = Bounds()


@pytest.fixture
def path(tmp_path: Path) -> str:
    return str(tmp_path / ".lamina" / "cache.sqlite3")


def query(path: str, text: str) -> list[tuple[Any, ...]]:
    connection = sqlite3.connect(path)
    try:
        return connection.execute(text).fetchall()
    finally:
        connection.close()


def change(path: str, text: str, *values: object) -> None:
    connection = sqlite3.connect(path)
    connection.execute(text, values)
    connection.commit()
    connection.close()


def record(path: str, content: str, tests: int = 40, bounds: Bounds = UNBOUNDED) -> Recording:
    """Results of tests that depend on a version of a module and on a file, with messages of some length."""
    recording = Recording(path, "unit", bounds)
    version = recording.version("app.py", content, analyse(SOURCE))
    module = recording.item("module:app.py", content, version)
    for number in range(tests):
        body = recording.item(f"body:app.py:function_{number}", f"{content} {number}", version)
        result = Result("passed", (0.0, 0.1, 0.0), "test_a.py", 1, 0, content * 2000, 0.0, "run")
        recording.keep("test", f"test_{number}", recording.shared(frozenset({module})), frozenset({body}), result)
    recording.close()
    assert recording.notes == []
    return recording


def age(path: str, content: str, seconds: int) -> None:
    """As if the results of this content had been used so long ago."""
    for trace, blob in query(path, "select id, record from traces"):
        if msgspec.msgpack.decode(blob, type=Result).message.startswith(content):
            change(path, "update traces set used = ? where id = ?", int(time.time()) - seconds, trace)


def contents(path: str) -> set[str]:
    """Of the results that are there."""
    records = [msgspec.msgpack.decode(blob, type=Result) for (blob,) in query(path, "select record from traces")]
    return {one.message[:1] for one in records}


def is_whole(path: str) -> bool:
    """Whether all that results refer to is there, and nothing else."""
    items = {number for (number,) in query(path, "select id from items")}
    referred: set[int] = set()
    for (blob,) in [*query(path, "select own from traces"), *query(path, "select bits from sets")]:
        referred.update(BitMap.deserialize(blob))
    sets = {number for (number,) in query(path, "select id from sets")}
    versions = {number for (number,) in query(path, "select id from versions")}
    return (
        items == referred
        and sets == {number for (number,) in query(path, "select shared from traces")}
        and versions == {number for (number,) in query(path, "select version from items where version is not null")}
        and {number for (number,) in query(path, "select id from runs")}
        == {number for (number,) in query(path, "select run from traces")}
    )


def megabytes(path: str) -> float:
    (pages,), (free,), (size,) = (
        query(path, f"pragma {name}")[0] for name in ("page_count", "freelist_count", "page_size")
    )
    return float((pages - free) * size / 1_000_000)


def test_the_least_recently_used_go_first(path: str) -> None:
    for content in "abcde":
        record(path, content)
        age(path, content, seconds=1000 * (ord("f") - ord(content)))
    age(path, "a", seconds=10)  # it was served since
    half = megabytes(path) / 2
    record(path, "f", bounds=Bounds(max_mb=half))
    assert megabytes(path) <= half
    assert "b" not in contents(path)
    assert contents(path) >= {"a", "f"}
    assert is_whole(path)
    assert query(path, "pragma integrity_check") == [("ok",)]


def test_within_the_bound_nothing_goes(path: str) -> None:
    for content in "ab":
        record(path, content, bounds=Bounds(max_mb=100))
    assert contents(path) == {"a", "b"}
    assert query(path, "select count(*) from traces") == [(80,)]


def test_a_bound_that_nothing_fits_in(path: str) -> None:
    record(path, "a", bounds=Bounds(max_mb=0.001))
    assert query(path, "select count(*) from traces") == [(0,)]
    assert is_whole(path)
    record(path, "a")
    assert contents(path) == {"a"}


def test_the_file_shrinks(path: str) -> None:
    for content in "abcdefgh":
        record(path, content)
    before = os.path.getsize(path)
    record(path, "i", bounds=Bounds(max_mb=megabytes(path) / 4))
    assert os.path.getsize(path) < before / 2


def test_what_nothing_needs_goes_once_a_day(path: str) -> None:
    record(path, "a")
    change(path, "delete from traces")
    record(path, "b")
    assert len(query(path, "select 1 from versions")) == 2
    change(path, "update upkeep set at = at - ?", DAY + 1)
    record(path, "c")
    assert {content for (content,) in query(path, "select content from versions")} == {"b", "c"}
    assert is_whole(path)


def test_while_others_are_at_work_what_they_may_need_stays(path: str) -> None:
    other = Recording(path, "api")
    item = other.item("file:a", "1")
    other.keep("test", "x", other.shared(frozenset({item})), frozenset({item}), None)
    other.flush()
    other.drop(["x"])
    change(path, "delete from traces")
    record(path, "a", bounds=Bounds(max_mb=0.001))
    assert query(path, "select key from items where key = 'file:a'") == [("file:a",)]
    other.close()
    record(path, "a", bounds=Bounds(max_mb=0.001))
    assert is_whole(path)


def test_one_that_can_not_be_alone_waits_for_no_one(path: str) -> None:
    database = CacheDatabase(path)
    with database.in_use(), database.in_use() as second, database.in_use(alone=True) as alone:
        assert (second, alone) == (True, False)
    with database.in_use(alone=True) as alone:
        assert alone


def test_serving_renews_at_most_daily(kept: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.write(app_py="def f(): return 1\n")
    for name in ("old", "new"):
        kept.record(name, ["app.py:f"], ["app.py"])
    kept.record("gone", ["app.py:f"], ["app.py"], inputs=["env:A"])
    long_ago = int(time.time()) - 2 * DAY
    change(kept.path, "update traces set used = ? where name != 'new'", long_ago)
    kept.set({"A": "1"})
    decision = kept.decide()
    ((trace,),) = query(kept.path, "select id from traces where name = 'old'")
    assert decision.aging == [trace]
    renew(CacheDatabase(kept.path), decision.aging)
    assert query(kept.path, f"select name from traces where used = {long_ago}") == [("gone",)]
    assert kept.decide().aging == []


def test_of_what_is_skipped_the_last_results_are_renewed(path: str) -> None:
    for content, seconds in (("a", 3000), ("b", 2000), ("c", 1000)):
        record(path, content, tests=2)
        age(path, content, seconds)
    age(path, "b", 500)
    before = dict(query(path, "select id, used from traces"))
    renew_last(CacheDatabase(path), ["api"])
    assert dict(query(path, "select id, used from traces")) == before
    renew_last(CacheDatabase(path), ["unit"])
    renewed = [
        msgspec.msgpack.decode(blob, type=Result).message[:1]
        for trace, used, blob in query(path, "select id, used, record from traces")
        if used != before[trace]
    ]
    assert renewed == ["b", "b"]


def test_renewing_waits_for_nobody(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    record(path, "a", tests=1)
    monkeypatch.setattr(bounds_module, "_BRIEFLY", 0.01)
    writer = sqlite3.connect(path, isolation_level=None)
    writer.execute("begin immediate")
    renew(CacheDatabase(path), [1])
    writer.execute("rollback")
    writer.close()


def test_a_reader_sees_one_moment(path: str) -> None:
    record(path, "a", tests=1)
    with CacheDatabase(path).reading() as connection:
        assert connection is not None
        assert connection.execute("select count(*) from items").fetchone() == (2,)
        record(path, "b", tests=1)
        assert connection.execute("select count(*) from traces").fetchone() == (1,)


def test_bounds_of_a_file_that_is_written_to(path: str) -> None:
    record(path, "a")
    database = CacheDatabase(path)
    connection = database.open(create=False)
    assert connection is not None
    keep_in_bounds(database, connection, Bounds(ttl_hours=1))
    connection.close()
    assert contents(path) == {"a"}

"""The connection whose commits are taken back: like sqlite3's own to the code under test, and nothing left behind it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lamina.databases.sqlite_connection import OuterConnection, connect


@pytest.fixture
def path(tmp_path: Path) -> str:
    path = str(tmp_path / "a.sqlite3")
    connection = sqlite3.connect(path)
    connection.executescript("CREATE TABLE a (x INTEGER PRIMARY KEY); CREATE TABLE b (x REFERENCES a (x));")
    connection.close()
    return path


@pytest.fixture
def outer(path: str) -> Iterator[OuterConnection]:
    connection = connect(path)
    connection.start()
    yield connection
    connection.really_close()


@pytest.fixture(params=["plain", "outer"])
def either(request: pytest.FixtureRequest, path: str) -> Iterator[Any]:
    """sqlite3's own connection and ours: what holds for one holds for the other."""
    if request.param == "outer":
        yield request.getfixturevalue("outer")
        return
    connection = sqlite3.connect(path)
    yield connection
    connection.close()


def rows(connection: Any) -> list[int]:
    return [row[0] for row in connection.execute("SELECT x FROM a ORDER BY x")]


# -- as sqlite3's own ----------------------------------------------------------------------------------------------------


def test_changes_begin_a_transaction_that_can_be_undone(either: Any) -> None:
    assert not either.in_transaction
    either.execute("INSERT INTO a VALUES (1)")
    assert either.in_transaction
    either.rollback()
    assert (rows(either), either.in_transaction) == ([], False)


def test_what_was_committed_is_not_undone(either: Any) -> None:
    either.execute("INSERT INTO a VALUES (1)")
    either.commit()
    either.execute("INSERT INTO a VALUES (2)")
    either.rollback()
    assert rows(either) == [1]


def test_with(either: Any) -> None:
    with either as same:
        assert same is either
        either.execute("INSERT INTO a VALUES (1)")
    with pytest.raises(ZeroDivisionError), either:
        either.execute("INSERT INTO a VALUES (2)")
        _ = 1 / 0
    assert rows(either) == [1]


def test_definitions_are_outside_of_transactions(either: Any) -> None:
    either.execute("CREATE TABLE c (x)")
    either.rollback()
    assert either.execute("SELECT * FROM c").fetchall() == []


def test_transactions_by_sql(either: Any) -> None:
    either.isolation_level = None
    assert either.isolation_level is None
    either.execute("INSERT INTO a VALUES (1)")
    either.rollback()
    assert rows(either) == [1]
    either.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="within a transaction"):
        either.execute("BEGIN")
    either.execute("INSERT INTO a VALUES (2)")
    either.execute("ROLLBACK")
    either.execute("BEGIN")
    either.execute("INSERT INTO a VALUES (3)")
    either.execute("COMMIT")
    for sql in ("COMMIT", "ROLLBACK"):
        with pytest.raises(sqlite3.OperationalError, match=f"cannot {sql.lower()} - no transaction is active"):
            either.execute(sql)
    assert rows(either) == [1, 3]


def test_savepoints(either: Any) -> None:
    either.isolation_level = None
    either.execute("SAVEPOINT one")
    assert either.in_transaction
    either.execute("INSERT INTO a VALUES (1)")
    either.execute("SAVEPOINT two")
    either.execute("INSERT INTO a VALUES (2)")
    either.execute("ROLLBACK TO two")
    either.execute("RELEASE one")
    assert not either.in_transaction
    either.rollback()
    assert rows(either) == [1]


def test_scripts_commit_first_and_stand_for_themselves(either: Any) -> None:
    either.execute("INSERT INTO a VALUES (1)")
    cursor = either.executescript("INSERT INTO a VALUES (2); BEGIN; INSERT INTO a VALUES (3); ROLLBACK;")
    assert isinstance(cursor, sqlite3.Cursor)
    either.rollback()
    assert rows(either) == [1, 2]


def test_many_rows_cursors_and_their_classes(either: Any) -> None:
    class Counting(sqlite3.Cursor):
        calls = 0

        def execute(self, *arguments: Any) -> Any:
            Counting.calls += 1
            return super().execute(*arguments)

    cursor = either.cursor()
    assert cursor.executemany("INSERT INTO a VALUES (?)", [(1,), (2,)]) is cursor
    assert cursor.rowcount == 2
    own = either.cursor(Counting)
    assert isinstance(own, Counting)
    own.execute("INSERT INTO a VALUES (:x)", {"x": 3})
    assert (own.lastrowid, Counting.calls) == (3, 1)
    either.rollback()
    assert rows(either) == []


def test_a_statement_that_fails_leaves_the_rest_of_the_transaction(either: Any) -> None:
    either.execute("INSERT INTO a VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError):
        either.execute("INSERT INTO a VALUES (1)")
    either.commit()
    assert rows(either) == [1]


def test_foreign_keys_are_switched_on_before_the_first_change(either: Any) -> None:
    either.execute("PRAGMA foreign_keys = ON")
    assert either.execute("PRAGMA foreign_keys").fetchone() == (1,)
    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        either.execute("INSERT INTO b VALUES (7)")


def test_closing_undoes_what_was_not_committed(either: Any, path: str) -> None:
    either.execute("INSERT INTO a VALUES (1)")
    either.close()
    either.close()
    for act in (either.commit, either.cursor, lambda: either.execute("SELECT 1")):
        with pytest.raises(sqlite3.ProgrammingError, match="closed database"):
            act()


# -- what is ours ---------------------------------------------------------------------------------------------------------


def test_everything_is_taken_back(outer: OuterConnection, path: str) -> None:
    outer.row_factory = sqlite3.Row
    outer.execute("PRAGMA foreign_keys=ON")
    outer.execute("CREATE TABLE c (x)")
    outer.execute("INSERT INTO a VALUES (1)")
    outer.commit()
    outer.execute("CREATE TEMP TABLE d (x)")
    outer.execute("INSERT INTO a VALUES (2)")
    unread = outer.execute("SELECT * FROM a")
    unread.fetchone()
    outer.close()
    assert outer.take_back()
    outer.start()
    assert outer.row_factory is None
    assert (rows(outer), outer.in_transaction) == ([], False)
    assert outer.execute("SELECT name FROM sqlite_master ORDER BY name").fetchall() == [("a",), ("b",)]
    assert outer.execute("SELECT name FROM sqlite_temp_master").fetchall() == []
    assert outer.execute("PRAGMA foreign_keys").fetchone() == (0,)
    with sqlite3.connect(path) as other:
        assert rows(other) == []
    other.close()


def test_another_connection_can_t_commit(outer: OuterConnection, path: str) -> None:
    other = sqlite3.connect(path, timeout=0, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        other.execute("INSERT INTO a VALUES (5)")
    other.close()
    assert outer.take_back()


def test_where_it_can_it_is_noticed(path: str) -> None:
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("PRAGMA journal_mode=WAL")
        outer = connect(path)
        outer.start()
        other.execute("INSERT INTO a VALUES (5)")
        assert not outer.take_back()
        outer.really_close()
    other.close()


def test_a_conflict_that_rolls_everything_back_is_noticed(outer: OuterConnection) -> None:
    outer.execute("INSERT INTO a VALUES (1)")
    with pytest.raises(sqlite3.IntegrityError):
        outer.execute("INSERT OR ROLLBACK INTO a VALUES (1)")
    assert not outer.take_back()


def test_foreign_keys_behind_the_first_change_are_refused_not_ignored(outer: OuterConnection) -> None:
    outer.execute("INSERT INTO a VALUES (1)")
    outer.commit()
    with pytest.raises(sqlite3.NotSupportedError, match="clean='clone'"):
        outer.execute("PRAGMA foreign_keys=ON")
    outer.execute("PRAGMA foreign_keys=OFF")


@pytest.mark.skipif(not hasattr(sqlite3.Connection, "autocommit"), reason="Python 3.12's autocommit")
def test_autocommit_is_refused_not_ignored(outer: OuterConnection) -> None:
    with pytest.raises(sqlite3.NotSupportedError, match="clean='clone'"):
        outer.autocommit = True

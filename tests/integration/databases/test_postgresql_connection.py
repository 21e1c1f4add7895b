"""The connection to PostgreSQL whose commits are taken back: like psycopg's own to the code under test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from lamina.databases.postgresql_connection import OuterConnection

SCHEMA = """\
DROP TABLE IF EXISTS b, a, c;
CREATE TABLE a (x INTEGER PRIMARY KEY);
CREATE TABLE b (x INTEGER REFERENCES a (x) DEFERRABLE INITIALLY DEFERRED);"""


@pytest.fixture
def url(server: str) -> str:
    with psycopg.connect(server) as connection:
        connection.execute(SCHEMA)
    return server


@pytest.fixture
def outer(url: str) -> Iterator[OuterConnection]:
    connection = OuterConnection.connect(url, autocommit=True)
    connection.start()
    yield connection
    is_clean = connection.take_back()
    connection.really_close()
    assert is_clean
    with psycopg.connect(url) as other:
        assert rows(other) == []
        assert other.execute("SELECT to_regclass('c')").fetchone() == (None,)


@pytest.fixture(params=["plain", "outer"])
def either(request: pytest.FixtureRequest, url: str) -> Iterator[Any]:
    """psycopg's own connection and ours: what holds for one holds for the other."""
    if request.param == "outer":
        yield request.getfixturevalue("outer")
        return
    connection = psycopg.connect(url)
    yield connection
    connection.close()


def rows(connection: Any) -> list[int]:
    found = [row[0] for row in connection.execute("SELECT x FROM a ORDER BY x")]
    return found


def add(connection: Any, number: int) -> None:
    connection.execute("INSERT INTO a VALUES (%s)", (number,))


def test_commit_and_rollback(either: Any) -> None:
    add(either, 1)
    either.commit()
    add(either, 2)
    either.rollback()
    either.rollback()
    either.commit()
    assert rows(either) == [1]


def test_an_error_spoils_the_transaction_until_it_is_rolled_back(either: Any) -> None:
    add(either, 1)
    either.commit()
    add(either, 2)
    with pytest.raises(psycopg.errors.UniqueViolation):
        add(either, 1)
    with pytest.raises(psycopg.errors.InFailedSqlTransaction):
        add(either, 3)
    either.rollback()
    assert rows(either) == [1]


def test_a_commit_behind_an_error_undoes(either: Any) -> None:
    add(either, 1)
    with pytest.raises(psycopg.errors.SyntaxError):
        either.execute("SELEC")
    either.commit()
    assert rows(either) == []


def test_transaction_blocks(either: Any) -> None:
    with either.transaction():
        add(either, 1)
        with pytest.raises(ZeroDivisionError), either.transaction():
            add(either, 2)
            _ = 1 / 0
        with pytest.raises(psycopg.ProgrammingError, match="forbidden"):
            either.commit()
    either.rollback()
    add(either, 3)
    with either.transaction():
        add(either, 4)
    either.rollback()
    assert rows(either) == [1]


def test_autocommit(either: Any) -> None:
    add(either, 1)
    with pytest.raises(psycopg.ProgrammingError, match="can't change 'autocommit' now"):
        either.autocommit = True
    either.commit()
    either.autocommit = True
    assert either.autocommit
    add(either, 2)
    with pytest.raises(psycopg.errors.UniqueViolation):
        add(either, 2)
    add(either, 3)
    either.rollback()
    with pytest.raises(ZeroDivisionError), either.transaction():
        add(either, 4)
        _ = 1 / 0
    either.execute("BEGIN")
    add(either, 5)
    either.execute("ROLLBACK")
    assert rows(either) == [1, 2, 3]


def test_transactions_by_sql(either: Any) -> None:
    add(either, 1)
    either.execute("COMMIT")
    add(either, 2)
    either.execute("SAVEPOINT here")
    add(either, 3)
    either.execute("ROLLBACK TO SAVEPOINT here")
    either.commit()
    add(either, 4)
    either.execute("ABORT")
    assert rows(either) == [1, 2]


def test_deferred_constraints_are_checked_by_a_commit(either: Any) -> None:
    either.execute("INSERT INTO b VALUES (7)")
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        either.commit()
    either.execute("INSERT INTO b VALUES (7)")
    add(either, 7)
    either.commit()
    either.execute("INSERT INTO b VALUES (8)")
    either.rollback()
    either.autocommit = True
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        either.execute("INSERT INTO b VALUES (9)")
    with pytest.raises(psycopg.errors.ForeignKeyViolation), either.transaction():
        either.execute("INSERT INTO b VALUES (9)")
    with either.transaction():
        either.execute("INSERT INTO b VALUES (9)")
        add(either, 9)
    assert either.execute("SELECT x FROM b").fetchall() == [(7,), (9,)]


def test_many_copies_streams_and_named_cursors(either: Any) -> None:
    with either.cursor() as cursor:
        cursor.executemany("INSERT INTO a VALUES (%s)", [(1,), (2,)])
        with cursor.copy("COPY a FROM STDIN") as copy:
            copy.write_row((3,))
        assert [row[0] for row in cursor.stream("SELECT x FROM a ORDER BY x")] == [1, 2, 3]
    with either.cursor(name="some") as named:
        assert len(named.execute("SELECT x FROM a").fetchmany(2)) == 2
    either.rollback()
    assert rows(either) == []


def test_with_closes(either: Any) -> None:
    with either:
        add(either, 1)
    assert either.closed
    with pytest.raises(psycopg.OperationalError, match="the connection is closed"):
        add(either, 2)
    either.close()


def test_definitions_and_settings(outer: OuterConnection) -> None:
    before = outer.execute("SHOW search_path").fetchone()
    outer.execute("CREATE TABLE c (x INTEGER)")
    outer.execute("SET search_path = nowhere")
    outer.commit()
    outer.execute("SELECT pg_advisory_lock(4711)")
    assert outer.take_back()
    outer.start()
    assert outer.execute("SHOW search_path").fetchone() == before
    assert outer.execute("SELECT to_regclass('c')").fetchone() == (None,)
    assert outer.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'").fetchone() == (0,)


@pytest.mark.parametrize(
    "statement", ["PREPARE TRANSACTION 'x'", "COMMIT PREPARED 'x'", "INSERT INTO a VALUES (1); COMMIT; SELECT ';'"]
)
def test_what_can_t_be_taken_back_is_refused(outer: OuterConnection, statement: str) -> None:
    with pytest.raises(psycopg.NotSupportedError, match="clean='clone'"):
        outer.execute(statement)
    outer.execute("INSERT INTO a VALUES (1); INSERT INTO a VALUES (2)")
    assert rows(outer) == [1, 2]


def test_a_connection_that_is_cut_is_noticed(url: str) -> None:
    connection = OuterConnection.connect(url, autocommit=True)
    connection.start()
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert not connection.take_back()
    connection.really_close()

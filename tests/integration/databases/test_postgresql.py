"""PostgreSQL for tests, from the schema to the next run after a kill: a real server, real processes."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest

LAYERS = """\
databases:
  main:
    kind: postgresql
    url: ${SERVER}
    scripts: [db/schema.sql, "db.seed:fill"]
"""
SCHEMA = """\
-- who there is; as pg_dump writes it
\\restrict abc
CREATE TABLE person (id SERIAL PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE FUNCTION greet(name TEXT) RETURNS TEXT LANGUAGE plpgsql AS $body$
BEGIN
  RETURN 'Hello; ' || name;
END;
$body$;
\\unrestrict abc
"""
SEED = """\
import os


def fill(connection):
    with open(os.environ["BUILDS"], "a") as log:
        log.write("built\\n")
    connection.execute("INSERT INTO person (name) VALUES ('Ada')")
    if "KILL" in os.environ:
        connection.commit()
        os.kill(os.getpid(), 9)
"""
TESTS = """\
import os

import psycopg
import pytest


def names(connection):
    return [row[0] for row in connection.execute("SELECT name FROM person ORDER BY id")]


@pytest.fixture
def people(lamina_database):
    connection = lamina_database("main")
    assert names(connection) == ["Ada"]
    return connection


@pytest.mark.parametrize("number", range(8))
def test_commits(people, number):
    people.execute("INSERT INTO person (name) VALUES ('Bob')")
    people.commit()
    people.execute("DELETE FROM person WHERE name = 'Ada'")
    people.rollback()
    assert names(people) == ["Ada", "Bob"]
    assert people.execute("SELECT greet('you')").fetchone() == ("Hello; you",)


def test_fails_in_the_middle(people):
    people.execute("CREATE TABLE half (done INTEGER)")
    people.execute("INSERT INTO person (name) VALUES ('Bob')")
    people.commit()
    people.execute("DELETE FROM person")
    raise RuntimeError("in the middle")


def test_loses_the_connection(people):
    with pytest.raises(psycopg.OperationalError):
        people.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def test_asks_twice(lamina_database, people):
    with people:
        people.execute("INSERT INTO person (name) VALUES ('Bob')")
    assert lamina_database("main") is people
    assert names(lamina_database("main")) == ["Ada", "Bob"]


@pytest.mark.parametrize("number", range(3))
def test_clone(lamina_database, number):
    connection = lamina_database("main", clean="clone")
    with psycopg.connect(os.environ["LAMINA_DATABASE_MAIN"]) as other:
        assert names(other) == ["Ada"]
        other.execute("INSERT INTO person (name) VALUES ('Bob')")
    assert names(connection) == ["Ada", "Bob"]
    still_open = psycopg.connect(lamina_database.url("main"))
    assert names(still_open) == ["Ada", "Bob"]
    still_open.close()
"""
COUNT = 8 + 1 + 1 + 3


@pytest.fixture
def shop(project: Any, tmp_path: Path, server: str) -> Any:
    project.write("layers/test_layers.yaml", LAYERS)
    project.write("db/schema.sql", SCHEMA)
    project.write("db/seed.py", SEED)
    project.write("tests/unit/test_people.py", TESTS)
    project.environment |= {"BUILDS": str(tmp_path / "builds"), "SERVER": server}
    with psycopg.connect(server, autocommit=True) as admin:
        for name in databases(server):
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
    return project


def databases(server: str, kind: str = "") -> list[str]:
    """lamina's databases on the server."""
    with psycopg.connect(server) as connection:
        query = "SELECT datname FROM pg_database WHERE starts_with(datname, %s) ORDER BY 1"
        return [name for (name,) in connection.execute(query, (f"lamina_{kind}",))]


def builds(shop: Any) -> int:
    return len(Path(shop.environment["BUILDS"]).read_text().splitlines())


@pytest.mark.parametrize("words", [(), ("-n", "2"), ("-p", "xdist", "--dist", "each", "--tx", "2*popen")])
def test_each_test_is_clean_whatever_the_others_do(shop: Any, server: str, words: tuple[str, ...]) -> None:
    out = shop.pytest(*words, status=1)
    runs = 2 if "each" in words else 1
    assert re.search(rf"\n{runs} failed, {COUNT * runs} passed", out), out
    assert builds(shop) == 1
    assert len(databases(server)) == len(databases(server, "template_")) == 1, "no copy is left"


def test_by_lamina_with_two_workers(shop: Any, server: str) -> None:
    found = shop.lamina("-n", "2", "unit", status=1)
    failed = {name for name, (outcome, _) in found.items() if outcome != "passed"}
    assert failed == {"test_fails_in_the_middle"}
    assert len(found) == COUNT + 1
    assert (builds(shop), len(databases(server))) == (1, 1)


def test_two_runs_at_once_build_once(shop: Any, server: str) -> None:
    runs = [shop.start("pytest", "-q", "-k", "test_commits or test_clone") for _ in range(2)]
    for run in runs:
        out, _ = run.communicate(timeout=120)
        assert run.returncode == 0, out
    assert (builds(shop), len(databases(server))) == (1, 1)


def test_another_schema_is_another_template_and_old_ones_go(shop: Any, server: str) -> None:
    for number in range(6):
        shop.write("db/schema.sql", f"{SCHEMA}CREATE TABLE t{number} (x INTEGER);\n")
        shop.pytest("-k", "test_asks_twice")
    assert (builds(shop), len(databases(server))) == (6, 4)
    shop.write("db/schema.sql", f"{SCHEMA}CREATE TABLE t3 (x INTEGER);\n")
    shop.pytest("-k", "test_asks_twice")
    assert builds(shop) == 6, "going back finds what is there"


KILLS = """\
import os
import signal


def test_kills_its_worker(lamina_database):
    connection = lamina_database("main")
    connection.execute("DELETE FROM person")
    connection.commit()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_worker_leaves_nothing_that_blocks(shop: Any, server: str) -> None:
    shop.write("tests/unit/test_kills.py", KILLS)
    shop.pytest("-k", "test_kills", status=-9)
    assert len(databases(server, "clone_")) == 1
    shop.pytest("-k", "test_commits")
    assert (len(databases(server)), builds(shop)) == (1, 1)


def test_a_builder_that_is_killed_leaves_nothing_that_blocks(shop: Any, server: str) -> None:
    shop.pytest("-k", "test_commits", status=-9, KILL="1")
    assert len(databases(server, "building_")) == 1
    assert databases(server, "template_") == []
    shop.pytest("-k", "test_commits")
    assert (len(databases(server)), len(databases(server, "template_")), builds(shop)) == (1, 1, 2)


def test_the_half_of_another_schema_goes_too(shop: Any, server: str) -> None:
    shop.pytest("-k", "test_commits", status=-9, KILL="1")
    shop.write("db/schema.sql", f"{SCHEMA}CREATE TABLE more (x INTEGER);\n")
    deadline = time.monotonic() + 30
    while len(databases(server)) != 1 or databases(server, "template_") == []:
        assert time.monotonic() < deadline, "the server notices the killed one's end"
        shop.pytest("-k", "test_asks_twice")


def test_selection_follows_the_schema_and_not_the_server_s_address(shop: Any, server: str) -> None:
    shop.write("tests/unit/test_people.py", TESTS[: TESTS.index("def test_fails")] + "def test_none():\n    pass\n")
    shop.pytest()  # the template is there before lamina runs
    commits = {f"test_commits[{number}]" for number in range(8)}
    assert shop.executed() == {*commits, "test_none"}
    assert shop.executed(SERVER=f"{server}?application_name=other") == set()
    shop.write("db/schema.sql", f"{SCHEMA}CREATE TABLE more (x INTEGER);\n")
    assert shop.executed() == commits


WRONG = {
    "an error in a script that is found at once": (
        {"db/schema.sql": SCHEMA + "\nCREATE TABLE thing (\n  owner INTEGR\n);\n"},
        'db/schema.sql:12: type "integr" does not exist (database main)',
    ),
    "an error while a script runs": (
        {"db/schema.sql": SCHEMA + "INSERT INTO person (name)\nVALUES ('a;'),\n('a;');\nSELECT 1;\n"},
        'db/schema.sql:10: duplicate key value violates unique constraint "person_name_key" (database main)',
    ),
    "data for psql": (
        {"db/schema.sql": SCHEMA + "COPY person (name) FROM stdin;\nAda\n\\.\n"},
        'db/schema.sql:11: syntax error at or near "Ada" (database main); '
        "data behind COPY ... FROM stdin is for psql: write INSERT, or a function",
    ),
    "a copy without data": (
        {"db/schema.sql": SCHEMA + "COPY person (name) FROM stdin;\n"},
        "db/schema.sql:10: COPY from stdin failed: there is none (database main); "
        "data behind COPY ... FROM stdin is for psql: write INSERT, or a function",
    ),
    "a function that fails": (
        {"db/seed.py": SEED.replace("INTO person", "INTO persons")},
        'db/seed.py:7: UndefinedTable: relation "persons" does not exist',
    ),
    "a server that is not there": (
        {"layers/test_layers.yaml": LAYERS.replace("${SERVER}", "postgresql://me:secret@127.0.0.1:1/postgres")},
        re.compile(
            r"databases\.main\.url: the PostgreSQL server can't be reached: .*port 1 failed: Connection refused.*; "
            "start it, or change the URL"
        ),
    ),
    "a variable that is not set": (
        {"layers/test_layers.yaml": LAYERS.replace("SERVER", "SERVERS")},
        "databases.main.url: the environment variable SERVERS is not set, which the URL names",
    ),
}


@pytest.mark.parametrize(("files", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input(shop: Any, server: str, files: dict[str, str], message: str | re.Pattern[str]) -> None:
    for path, text in files.items():
        shop.write(path, text)
    out = shop.pytest("-k", "test_asks_twice or test_commits", status=1)
    lines = {line.removeprefix("E   ").strip() for line in out.splitlines()}
    assert any(line == message if isinstance(message, str) else message.fullmatch(line) for line in lines), out
    assert "lamina/databases" not in out, "none of lamina's own lines"
    assert "secret" not in out
    assert databases(server) == []


def test_a_user_who_may_not_create_databases(shop: Any, server: str) -> None:
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute("DROP ROLE IF EXISTS reader")
        admin.execute("CREATE ROLE reader LOGIN")
    out = shop.pytest("-k", "test_asks_twice", status=1, SERVER=server.replace("postgres@", "reader@"))
    assert (
        "databases.main.url: the PostgreSQL server refuses: permission denied to create database; "
        "the user of the URL has to be able to create databases"
    ) in out


def test_without_psycopg(shop: Any) -> None:
    shop.write("tests/unit/test_people.py", "def test_asks_twice(lamina_database):\n    lamina_database('main')\n")
    shop.write("psycopg.py", "raise ImportError('not here')\n")
    out = shop.pytest("-k", "test_asks_twice", "-p", "no:cacheprovider", status=1, PYTHONPATH=str(shop.root))
    assert "needs psycopg, which can't be imported (not here): pip install 'lamina[postgresql]'" in out

"""SQLite for tests, from the schema to the next run after a kill: real files, real processes."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

LAYERS = """\
databases:
  main:
    scripts: [db/schema.sql, "db.seed:fill"]
  files:
    scripts: ["db/files/*.sql"]
    clean: clone
    variable: FILES_URL
"""
SCHEMA = """\
-- who there is
CREATE TABLE person (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE);
"""
SEED = """\
import os


def fill(connection):
    with open(os.environ["BUILDS"], "a") as log:
        log.write("built\\n")
    connection.execute("INSERT INTO person (name) VALUES ('Ada')")
"""
TESTS = """\
import os
import sqlite3

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
    row = people.execute("INSERT INTO person (name) VALUES ('Bob')")
    assert row.lastrowid == 2
    people.commit()
    people.execute("DELETE FROM person WHERE name = 'Ada'")
    people.rollback()
    assert names(people) == ["Ada", "Bob"]


def test_fails_in_the_middle(people):
    people.execute("CREATE TABLE half (done)")
    people.execute("INSERT INTO person (name) VALUES ('Bob')")
    people.commit()
    people.execute("DELETE FROM person")
    raise RuntimeError("in the middle")


def test_ends_the_transaction_behind_our_back(people):
    people.execute("INSERT OR ROLLBACK INTO person (name) VALUES ('Eve')")
    with pytest.raises(sqlite3.IntegrityError):
        people.execute("INSERT OR ROLLBACK INTO person (name) VALUES ('Eve')")
    assert not people.in_transaction
    people.executescript("INSERT INTO person (name) VALUES ('for good')")


def test_asks_twice(lamina_database, people):
    people.execute("INSERT INTO person (name) VALUES ('Bob')")
    assert lamina_database("main") is people
    people.close()
    assert names(lamina_database("main")) == ["Ada"]


@pytest.mark.parametrize("number", range(4))
def test_clone(lamina_database, number):
    connection = lamina_database("files")
    path = os.environ["FILES_URL"].removeprefix("sqlite:///")
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT count(*) FROM entry").fetchone() == (0,)
        other.execute("INSERT INTO entry VALUES ('a')")
    other.close()
    assert connection.execute("SELECT * FROM entry").fetchall() == [("a",)]
    assert lamina_database.url("files") == os.environ["FILES_URL"]


def test_another_way_for_once(lamina_database):
    connection = lamina_database("main", clean="clone")
    connection.execute("INSERT INTO person (name) VALUES ('Bob')")
    connection.commit()
    assert os.environ["LAMINA_DATABASE_MAIN"] == lamina_database.url("main")


def test_without_a_clone_there_is_no_url(people):
    assert "LAMINA_DATABASE_MAIN" not in os.environ
    assert "FILES_URL" not in os.environ
"""
COUNT = 8 + 1 + 1 + 4 + 1 + 1


@pytest.fixture
def shop(project: Any, tmp_path: Path) -> Any:
    project.write("layers/test_layers.yaml", LAYERS)
    project.write("db/schema.sql", SCHEMA)
    project.write("db/seed.py", SEED)
    project.write("db/files/1.sql", "CREATE TABLE entry (name);")
    project.write("tests/unit/test_people.py", TESTS)
    project.environment["BUILDS"] = str(tmp_path / "builds")
    return project


def builds(shop: Any) -> int:
    return len(Path(shop.environment["BUILDS"]).read_text().splitlines())


@pytest.mark.parametrize("words", [(), ("-n", "2"), ("-p", "xdist", "--dist", "each", "--tx", "2*popen")])
def test_each_test_is_clean_whatever_the_others_do(shop: Any, words: tuple[str, ...]) -> None:
    out = shop.pytest(*words, status=1)
    runs = 2 if "each" in words else 1
    assert re.search(rf"\n{runs} failed, {COUNT * runs} passed", out), out
    assert builds(shop) == 1
    assert len(shop.templates()) == 2
    assert shop.left() == []


def test_by_lamina_with_two_workers(shop: Any) -> None:
    found = shop.lamina("-n", "2", "unit", status=1)
    failed = {name for name, (outcome, _) in found.items() if outcome != "passed"}
    assert failed == {"test_fails_in_the_middle"}
    assert len(found) == COUNT + 1
    assert builds(shop) == 1


def test_two_runs_at_once_build_once(shop: Any) -> None:
    runs = [shop.start("pytest", "-q", "-k", "test_commits") for _ in range(2)]
    for run in runs:
        out, _ = run.communicate(timeout=120)
        assert run.returncode == 0, out
    assert builds(shop) == 1


def test_another_content_is_another_template_and_old_ones_go(shop: Any) -> None:
    for number in range(6):
        shop.write("db/schema.sql", f"{SCHEMA}CREATE TABLE t{number} (x);\n")
        shop.pytest("-k", "test_asks_twice")
    assert (builds(shop), len(shop.templates())) == (6, 4)
    for number in (4, 5, 3):
        shop.write("db/schema.sql", f"{SCHEMA}CREATE TABLE t{number} (x);\n")
        shop.pytest("-k", "test_asks_twice")
    assert builds(shop) == 6, "going back finds what is there"
    shop.write("db/seed.py", f"# said\n{SEED}")
    shop.pytest("-k", "test_asks_twice")
    assert builds(shop) == 7


KILLS = """\
import os
import signal


def test_kills_its_worker(lamina_database):
    connection = lamina_database("main")
    connection.execute("DELETE FROM person")
    connection.commit()
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_killed_worker_leaves_nothing_that_blocks(shop: Any) -> None:
    shop.write("tests/unit/test_kills.py", KILLS)
    found = shop.lamina("-n", "1", "unit", status=1)
    assert {name: outcome for name, (outcome, _) in found.items() if outcome != "passed"} == {
        "test_kills_its_worker": "crashed", "test_fails_in_the_middle": "failed",
    }  # fmt: skip
    shop.pytest("-k", "not kills and not fails")


def test_a_builder_that_is_killed_leaves_nothing_that_blocks(shop: Any) -> None:
    shop.write(
        "db/seed.py",
        SEED + "    if 'KILL' in os.environ:\n        connection.commit()\n        os.kill(os.getpid(), 9)\n",
    )
    shop.pytest("-k", "test_commits", status=-9, KILL="1")
    assert shop.templates() == []
    assert shop.left() != [], "a half one is there"
    shop.pytest("-k", "test_commits")
    assert (len(shop.templates()), shop.left(), builds(shop)) == (1, [], 2)


WRONG = {
    "an unknown name": (
        {"tests/unit/test_people.py": "def test_a(lamina_database):\n    lamina_database('maine')\n"},
        "lamina_database('maine'): there is no database of this name, did you mean main?; "
        "allowed: main, files (the section databases of layers/test_layers.yaml)",
    ),
    "an unknown way": (
        {"tests/unit/test_people.py": "def test_a(lamina_database):\n    lamina_database('main', clean='soap')\n"},
        "lamina_database('main', clean='soap'): allowed: 'rollback', 'clone'",
    ),
    "two ways at once": (
        {
            "tests/unit/test_people.py": "def test_a(lamina_database):\n"
            "    lamina_database('main')\n    lamina_database.url('main')\n"
        },
        "lamina_database('main'): this test has it already with clean='rollback', and can't have it with clean='clone' as well",
    ),
    "nothing declared": (
        {"layers/test_layers.yaml": ""},
        "lamina_database('main'): no database is declared; declare it in the section databases of layers/test_layers.yaml",
    ),
    "a fault of the configuration": (
        {"layers/test_layers.yaml": LAYERS.replace("clone", "soap")},
        'layers/test_layers.yaml:6: databases.files.clean: is not one of the allowed values (found the text "soap"); '
        "allowed: clone, rollback",
    ),
    "a missing script": (
        {"layers/test_layers.yaml": LAYERS.replace("schema.sql", "shema.sql")},
        "databases.main.scripts[0]: there is no file db/shema.sql below {root}; allowed: an SQL file that is there",
    ),
    "a pattern without files": (
        {"layers/test_layers.yaml": LAYERS.replace("db/schema.sql", '"db/*.sequel.sql"')},
        "databases.main.scripts[0]: no file matches db/*.sequel.sql below {root}; allowed: a pattern of SQL files",
    ),
    "an error in a script": (
        {"db/schema.sql": SCHEMA + "\n-- and what they have\nCREATE TABLE thing (\n  owner REFERENCES person,,\n);\n"},
        'db/schema.sql:5: near ",": syntax error (database main)',
    ),
    "a script in another encoding": (
        {"db/schema.sql": SCHEMA.encode() + b"-- caf\xe9\n"},
        "db/schema.sql:3: is not UTF-8; allowed: SQL as UTF-8",
    ),
    "a module that is not there": (
        {"layers/test_layers.yaml": LAYERS.replace("db.seed", "db.sead")},
        "db.sead: there is no module of this name in the project or installed",
    ),
    "a function that is not there": (
        {"layers/test_layers.yaml": LAYERS.replace("seed:fill", "seed:full")},
        "db.seed:full: can't be imported: module 'db.seed' has no attribute 'full'",
    ),
    "a function that fails": (
        {"db/seed.py": SEED.replace("INTO person", "INTO persons")},
        "db/seed.py:7: OperationalError: no such table: persons",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("files", "message"), WRONG.values(), ids=WRONG)
def test_wrong_input(shop: Any, files: dict[str, str | bytes], message: str) -> None:
    for path, text in files.items():
        if isinstance(text, bytes):
            (shop.root / path).write_bytes(text)
        else:
            shop.write(path, text)
    out = shop.pytest("-k", "test_a", status=1)
    lines = {line.removeprefix("E   ").strip() for line in out.splitlines()}
    assert message.format(root=shop.root) in lines, out
    assert "Traceback" not in out
    assert "lamina/databases" not in out, "none of lamina's own lines"
    assert not shop.root.joinpath(".lamina/databases").exists() or shop.left() == []


def test_after_one_error_the_others_do_not_try_again(shop: Any) -> None:
    shop.write("db/seed.py", SEED.replace("INTO person", "INTO persons"))
    out = shop.pytest("-k", "test_commits", status=1)
    assert out.count("db/seed.py:7: OperationalError") >= 8
    assert builds(shop) == 1


def test_nothing_heavy_is_imported_until_a_test_asks(project: Any) -> None:
    project.write(
        "test_a.py",
        "import sys\n\ndef test_a():\n"
        "    assert 'lamina.databases.plugin' in sys.modules\n"
        "    assert not {'msgspec', 'yaml', 'xxhash', 'psycopg', 'lamina.layers'} & set(sys.modules)\n",
    )
    project.pytest()


def test_it_is_named_among_the_fixtures(project: Any) -> None:
    out = project.run("pytest", "--fixtures")
    assert "lamina_database -- " in out
    assert "clean for each test" in out

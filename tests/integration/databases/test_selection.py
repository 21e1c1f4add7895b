"""A test that uses a database depends on what its schema is made from, whoever made the template, and other tests don't."""

from __future__ import annotations

from typing import Any

import pytest

LAYERS = """\
databases:
  main:
    scripts: ["db/main/*.sql", "tools.seed:fill"]
    inputs: ["db/data/*.txt"]
  other:
    scripts: [db/other.sql]
"""
FILES = {
    "layers/test_layers.yaml": LAYERS,
    "db/main/1.sql": "CREATE TABLE person (name);\n",
    "db/data/names.txt": "Ada\n",
    "db/other.sql": "CREATE TABLE other (x);\n",
    "tools/__init__.py": "",
    "tools/reading.py": "from pathlib import Path\n\n\ndef names():\n    return Path('db/data/names.txt').read_text().split()\n",
    "tools/seed.py": (
        "from tools import reading\n\n\ndef fill(connection):\n"
        "    connection.executemany('INSERT INTO person VALUES (?)', [(name,) for name in reading.names()])\n"
    ),
    "tests/unit/test_main.py": (
        "import pytest\n\n\ndef test_count(lamina_database):\n"
        "    assert lamina_database('main').execute('SELECT count(*) FROM person').fetchone()[0] > 0\n\n\n"
        "@pytest.fixture(params=[1, 2])\ndef main(request, lamina_database):\n    return lamina_database('main')\n\n\n"
        "def test_by_fixture(main):\n    main.execute('DELETE FROM person')\n    main.commit()\n"
    ),
    "tests/unit/test_other.py": (
        "def test_other(lamina_database):\n    assert lamina_database('other').execute('SELECT * FROM other')\n\n\n"
        "def test_none():\n    assert True\n"
    ),
}
MAIN = {"test_count", "test_by_fixture[1]", "test_by_fixture[2]"}
ALL = {*MAIN, "test_other", "test_none"}


@pytest.fixture
def traced(project: Any) -> Any:
    for path, text in FILES.items():
        project.write(path, text)
    return project


def test_each_test_depends_on_what_its_schema_is_made_from(traced: Any) -> None:
    # The template is there before lamina runs: nothing of it is made by a traced test.
    traced.pytest()
    assert len(traced.templates()) == 2
    assert traced.executed() == ALL
    assert traced.executed() == set()
    changes = {
        "db/main/1.sql": "CREATE TABLE person (name, born);\n",
        "db/main/2.sql": "CREATE INDEX by_name ON person (name);\n",
        "db/data/names.txt": "Ada\nBob\n",
        "db/data/more.txt": "Cy\n",
        "tools/reading.py": FILES["tools/reading.py"].replace(".split()", ".split('\\n')"),
        "layers/test_layers.yaml": LAYERS.replace("    inputs", "    clean: clone\n    inputs"),
    }
    for path, text in changes.items():
        if path == "db/main/1.sql":
            text = "CREATE TABLE person (name, born DEFAULT 1815);\n"
            traced.write("tools/seed.py", FILES["tools/seed.py"].replace("person VALUES", "person (name) VALUES"))
            assert traced.executed() == MAIN, "tools/seed.py"
        traced.write(path, text)
        assert traced.executed() == MAIN, path
        assert traced.executed() == set(), path
    traced.write("db/other.sql", "CREATE TABLE other (x, y);\n")
    assert traced.executed() == {"test_other"}


def test_going_back_executes_nothing_and_builds_nothing(traced: Any) -> None:
    traced.executed()
    traced.write("db/other.sql", "CREATE TABLE other (x, y);\n")
    assert traced.executed() == {"test_other"}
    templates = traced.templates()
    traced.write("db/other.sql", FILES["db/other.sql"])
    assert traced.executed() == set()
    assert traced.templates() == templates


def test_what_an_environment_says_counts_too(traced: Any) -> None:
    traced.write("layers/environments/ci.yaml", "databases:\n  other:\n    clean: clone\n")
    assert traced.executed() == ALL
    assert traced.executed("env=ci", "unit") == {"test_other"}
    assert traced.executed() == set()


def test_why_names_the_script_and_the_configuration(traced: Any) -> None:
    traced.executed()
    traced.write("db/other.sql", "CREATE TABLE other (x, y);\n")
    assert "file db/other.sql" in traced.run("lamina", "why", "test_other")
    traced.write("db/other.sql", FILES["db/other.sql"])
    traced.write("layers/test_layers.yaml", f"{LAYERS}    clean: clone\n")
    assert "the configuration of database other" in traced.run("lamina", "why", "test_other")
    out = traced.run("lamina", "affected")
    assert "the configuration of database other changed" in out
    assert "1 of 5 tests is affected" in out


def test_a_server_s_port_is_no_dependency(traced: Any) -> None:
    traced.write(
        "layers/test_layers.yaml",
        LAYERS.replace("    scripts: [db/other.sql]", "    scripts: [db/other.sql]\n    variable: OTHER_URL"),
    )
    traced.write(
        "tests/unit/test_other.py",
        "import os\n\n\ndef test_other(lamina_database):\n"
        "    assert lamina_database.url('other') == os.environ['OTHER_URL']\n\n\ndef test_none():\n    assert True\n",
    )
    assert traced.executed(OTHER_URL="one") == ALL
    assert traced.executed(OTHER_URL="two") == set()

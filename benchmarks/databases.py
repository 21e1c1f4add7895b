"""Databases for tests against making the schema in each test: SQLite and PostgreSQL, by rollback and by clone.

The schema has 40 tables with an index each and a few rows; a test inserts a row, commits, and counts. Compared are whole runs of
plain pytest on the same tests, less the run of as many tests that use no database. PostgreSQL is Debian's package, started here.
"""

from __future__ import annotations

import sys
from pathlib import Path

from measuring import Command, Row, in_turn, pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

_TABLES, _TESTS = 40, 200
_TARGETS = {"rollback": 0.2, "clone": 1.0}


def rows(folder: Path, repeats: int) -> list[Row]:
    """Both kinds; PostgreSQL where it is installed."""
    from support.postgresql_server import programs, running

    found = _compare(folder, repeats, "sqlite", "")
    if programs() is None:
        print("    PostgreSQL is not installed: not measured", flush=True)
        return found
    with running() as url:
        return found + _compare(folder, repeats, "postgresql", url)


def _compare(folder: Path, repeats: int, kind: str, url: str) -> list[Row]:
    project = folder / kind
    _write(project, kind, url)
    commands = [
        Command(name, pytest("-p", "no:cacheprovider", f"test_{name}.py"), project)
        for name in ("nothing", "each", "rollback", "clone")
    ]
    in_turn(commands, repeats)
    nothing, each, *ours = (command.median for command in commands)
    own = each - nothing
    found = []
    for way, seconds in zip(("rollback", "clone"), ours, strict=True):
        ratio = (seconds - nothing) / own
        figure = f"{ratio:.2f} ({(seconds - nothing) / _TESTS * 1000:.1f} ms a test, {own / _TESTS * 1000:.1f} ms)"
        work = f"{kind}: {_TESTS} tests, {way} / making {_TABLES} tables in each"
        found.append(Row(work, figure, f"≤ {_TARGETS[way]:.2f}", ratio <= _TARGETS[way]))
    return found


def _write(project: Path, kind: str, url: str) -> None:
    identity = "INTEGER PRIMARY KEY" if kind == "sqlite" else "SERIAL PRIMARY KEY"
    schema = "".join(
        f"CREATE TABLE t{number} (id {identity}, name TEXT NOT NULL);\nCREATE INDEX i{number} ON t{number} (name);\n"
        f"INSERT INTO t{number} (name) VALUES ('a'), ('b');\n"
        for number in range(_TABLES)
    )
    address = f"\n    url: {url}" if url else ""
    files = {
        "pyproject.toml": "[tool.pytest.ini_options]\n",
        "schema.sql": schema,
        "layers/test_layers.yaml": f"databases:\n  main:\n    kind: {kind}\n    scripts: [schema.sql]{address}\n",
        "test_nothing.py": _tests("def database():\n    return None\n", "assert database is None"),
        "test_each.py": _tests(_EACH[kind].replace("URL", url), _USE),
    }
    for way in _TARGETS:
        fixture = f"def database(lamina_database):\n    return lamina_database('main', clean='{way}')\n"
        files[f"test_{way}.py"] = _tests(fixture, _USE)
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)


def _tests(fixture: str, use: str) -> str:
    return (
        "from pathlib import Path\n\nimport pytest\n\n\n@pytest.fixture\n"
        f"{fixture}\n\n@pytest.mark.parametrize('number', range({_TESTS}))\ndef test_use(database, number):\n    {use}\n"
    )


_USE = """\
database.execute("INSERT INTO t0 (name) VALUES ('c')")
    database.commit()
    assert database.execute("SELECT count(*) FROM t0").fetchone()[0] == 3
"""
# What a project does without lamina: a file in tmp_path; a database that is dropped behind the test.
_EACH = {
    "sqlite": """\
def database(tmp_path):
    import sqlite3

    connection = sqlite3.connect(tmp_path / "main.sqlite3")
    connection.executescript(Path("schema.sql").read_text())
    yield connection
    connection.close()
""",
    "postgresql": """\
def database():
    import psycopg
    from psycopg.conninfo import make_conninfo

    with psycopg.connect("URL", autocommit=True) as admin:
        admin.execute("CREATE DATABASE each_test")
        connection = psycopg.connect(make_conninfo("URL", dbname="each_test"))
        connection.execute(Path("schema.sql").read_text())
        connection.commit()
        yield connection
        connection.close()
        admin.execute("DROP DATABASE each_test")
""",
}

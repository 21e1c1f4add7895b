"""Databases for tests against making the schema in each test: SQLite and PostgreSQL, by rollback and by clone.

The schema has 20 tables with an index and two rows each; a test inserts a row, commits, and counts. Compared are medians of
what pytest itself says that a test took, fixtures included. PostgreSQL is Debian's package, started here.
"""

from __future__ import annotations

import statistics
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

from measuring import Command, Row, in_turn, pytest

sys.path.append(str(Path(__file__).resolve().parents[1] / "tests"))

_TABLES = 20
# Of each way, as many tests as take some seconds; and the part of "each" that it is to reach.
_TESTS = {"each": 5, "rollback": 100, "clone": 10}
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
    seconds: dict[str, list[float]] = {way: [] for way in _TESTS}

    def command(way: str) -> Command:
        report = project / f"{way}.xml"
        options = ("-p", "no:cacheprovider", f"--junitxml={report}", "-o", "junit_duration_report=total")

        def read() -> None:
            # Before each run, what the last one said.
            if report.exists():
                seconds[way] += [float(one.attrib["time"]) for one in ElementTree.parse(report).iter("testcase")]
                report.unlink()

        return Command(way, pytest(*options, f"test_{way}.py"), project, read)

    commands = [command(way) for way in _TESTS]
    in_turn(commands, repeats)
    for one in commands:
        one.before()
    each = statistics.median(seconds["each"])
    found = []
    for way, target in _TARGETS.items():
        own = statistics.median(seconds[way])
        figure = f"{own / each:.2f} ({own * 1000:.1f} ms, {each * 1000:.1f} ms)"
        work = f"{kind}: a test's database by {way} / making {_TABLES} tables in each test"
        found.append(Row(work, figure, f"≤ {target:.2f}", own / each <= target))
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
        "test_each.py": _tests(_EACH[kind].replace("URL", url), _TESTS["each"]),
    }
    for way in _TARGETS:
        fixture = f"def database(lamina_database):\n    return lamina_database('main', clean='{way}')\n"
        files[f"test_{way}.py"] = _tests(fixture, _TESTS[way])
    for name, text in files.items():
        (project / name).parent.mkdir(parents=True, exist_ok=True)
        (project / name).write_text(text)


def _tests(fixture: str, count: int) -> str:
    return (
        "from pathlib import Path\n\nimport pytest\n\n\n@pytest.fixture\n"
        f"{fixture}\n\n@pytest.mark.parametrize('number', range({count}))\ndef test_use(database, number):\n    {_USE}\n"
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
    connection.execute("PRAGMA synchronous=OFF")  # or most of it would be waiting for the disk
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

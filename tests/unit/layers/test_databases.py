"""The section `databases`: every fault with its place, and what a test depends on of it."""

from __future__ import annotations

from typing import Any

import pytest

from lamina.errors import ConfigurationError
from lamina.layers.databases import variable_of
from lamina.sources.manifests import states_of_databases

FILE = "layers/test_layers.yaml"
SCRIPT = "an SQL file from the project's root (db/schema.sql), a pattern of such files (db/*.sql), or module:function"
SERVER = "postgresql://user@host:port/database, also with ${VARIABLE} in it"

FAULTS = {
    "unknown key": (
        "databases:\n  main:\n    script: [a.sql]",
        f"{FILE}:3: databases.main.script: is not a key here, did you mean scripts? (found script); "
        "allowed: description, kind, scripts, inputs, clean, url, variable",
    ),
    "unknown kind": (
        "databases:\n  main:\n    kind: oracle",
        f'{FILE}:3: databases.main.kind: is not one of the allowed values (found the text "oracle"); allowed: postgresql, sqlite',
    ),
    "another way to be clean": (
        "databases:\n  main:\n    clean: truncate",
        f'{FILE}:3: databases.main.clean: is not one of the allowed values (found the text "truncate"); allowed: clone, rollback',
    ),
    "one script instead of a list": (
        "databases:\n  main:\n    scripts: a.sql",
        f'{FILE}:3: databases.main.scripts: has the wrong type (found the text "a.sql"); '
        "allowed: a list: [text that is not empty, ...]",
    ),
    "a script of neither kind": (
        "databases:\n  main:\n    scripts:\n      - a.sql\n      - schema.txt",
        f'{FILE}:5: databases.main.scripts[1]: is neither an SQL file (.sql) nor module:function (found "schema.txt"); '
        f"allowed: {SCRIPT}",
    ),
    "a script outside": (
        "databases:\n  main:\n    scripts: [../a.sql]",
        f'{FILE}:3: databases.main.scripts[0]: leads out of the project (found "../a.sql"); allowed: {SCRIPT}',
    ),
    "a function without a name": (
        'databases:\n  main:\n    scripts: ["schema:"]',
        f'{FILE}:3: databases.main.scripts[0]: is neither a file nor module:function (found "schema:"); allowed: {SCRIPT}',
    ),
    "a server's address that is missing": (
        "databases:\n  main:\n    kind: postgresql",
        f"{FILE}:2: databases.main: is of kind postgresql and lacks the key url; allowed: {SERVER}",
    ),
    "an address of something else, without showing it": (
        "databases:\n  main:\n    kind: postgresql\n    url: mysql://me:secret@host/a",
        f'{FILE}:4: databases.main.url: is not the URL of a PostgreSQL server (found "mysql://…"); allowed: {SERVER}',
    ),
    "an address for a file": (
        "databases:\n  main:\n    url: sqlite:///a.db",
        f"{FILE}:3: databases.main.url: is for kind postgresql: a SQLite file is made by lamina itself "
        '(found "sqlite://…"); allowed: no url',
    ),
    "a variable's name": (
        "databases:\n  main:\n    variable: MY-URL",
        f'{FILE}:3: databases.main.variable: is not the name of a variable (found "MY-URL"); '
        "allowed: letters, digits and _, not starting with a digit",
    ),
    "one variable for two": (
        "databases:\n  a:\n    variable: URL\n  b:\n    variable: URL",
        f"{FILE}:5: databases.b.variable: would hold the URLs of a and of b (found URL); "
        "allowed: a variable for each database",
    ),
    "a name": (
        "databases:\n  a b: {}",
        f"{FILE}:2: databases.a b: is not a usable name (found a b); "
        "allowed: a letter, then letters, digits, _ or -, at most 64 in all",
    ),
}


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=FAULTS)
def test_a_fault(project: Any, text: str, message: str) -> None:
    project.write(layers=text)
    with pytest.raises(ConfigurationError) as caught:
        project.load()
    assert str(caught.value).splitlines() == [message]


def test_an_environment_says_where_the_server_is(project: Any) -> None:
    project.write(
        layers="databases:\n  main:\n    kind: postgresql\n    url: postgresql://localhost/postgres\n    scripts: [a.sql]",
        ci="databases:\n  main:\n    url: postgresql://ci:${PORT}/postgres",
    )
    (database,) = project.load("ci").databases
    assert (database.url, database.scripts) == ("postgresql://ci:${PORT}/postgres", ("a.sql",))


def test_the_variable_goes_with_the_name_unless_it_is_given() -> None:
    assert variable_of("main-1") == "LAMINA_DATABASE_MAIN_1"
    assert variable_of("main", "DATABASE_URL") == "DATABASE_URL"


def test_what_a_test_depends_on_of_it(project: Any) -> None:
    def states(text: str) -> dict[str, str]:
        return states_of_databases(project.write(layers=f"databases:\n{text}").plain())

    before = states("  a: {scripts: [a.sql]}\n  b: {}")
    assert states("  a: {scripts: [a.sql], description: said}\n  b: {}") == before
    after = states("  a: {scripts: [a.sql, b.sql]}\n  b: {}")
    assert after["a"] != before["a"]
    assert after["b"] == before["b"]

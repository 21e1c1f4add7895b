"""What the section `databases` may say of one database.

Knows nothing of scripts' contents or of servers: whether those are there is seen when a test asks for the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lamina.layers.expressions import pattern_problem, variable_problem
from lamina.layers.names import NAME_RULE, is_safe_name
from lamina.layers.reading import KeyPath
from lamina.layers.shape import WRONG

__all__ = ["database_faults", "is_function", "variable_of"]

# "module:function"; a path may have no colon here.
_FUNCTION = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")
_SCRIPT = "an SQL file from the project's root (db/schema.sql), a pattern of such files (db/*.sql), or module:function"
_SERVER = "postgresql://user@host:port/database, also with ${VARIABLE} in it"
# The driver is whose who uses the URL (SQLAlchemy's postgresql+psycopg://).
_SCHEME = re.compile(r"(postgresql|postgres)(\+\w+)?://|\$\{")

Wrong = tuple[KeyPath, str, str, str]


def is_function(script: str) -> bool:
    """Whether the script is `module:function` and not a file."""
    return ":" in script


def variable_of(name: str, variable: str = "") -> str:
    """The environment variable for a database's URL: the one that is given, or the one that goes with its name."""
    return variable or "LAMINA_DATABASE_" + re.sub(r"\W", "_", name).upper()


def database_faults(name: str, keys: dict[str, Any]) -> Iterator[Wrong]:
    """Everything wrong with one database: the path of the key below it, the problem, what was found, what is allowed."""
    if not is_safe_name(name):
        yield (), "is not a usable name", name, NAME_RULE
    for index, script in enumerate(keys.get("scripts", ())):
        problem = None if script is WRONG else _script_problem(script)
        if problem:
            yield ("scripts", index), problem, f'"{script}"', _SCRIPT
    for index, pattern in enumerate(keys.get("inputs", ())):
        wrong = None if pattern is WRONG else pattern_problem(pattern)
        if wrong:
            yield ("inputs", index), wrong[0], f'"{pattern}"', wrong[1]
    variable = keys.get("variable", "")
    wrong = variable_problem(variable, "") if variable else None
    if wrong:
        yield ("variable",), wrong[0], f'"{variable}"', wrong[1]
    yield from _url_faults(keys)


def _script_problem(script: str) -> str:
    if is_function(script):
        return "" if _FUNCTION.fullmatch(script) else "is neither a file nor module:function"
    if script.startswith(("/", "~")) or ".." in script.split("/"):
        return "leads out of the project"
    if "\\" in script:
        return "has a backslash between folders"
    return "" if script.endswith(".sql") else "is neither an SQL file (.sql) nor module:function"


def _url_faults(keys: dict[str, Any]) -> Iterator[Wrong]:
    kind, url = keys.get("kind", "sqlite"), keys.get("url", "")
    if kind == "postgresql" and not url:
        yield (), "is of kind postgresql and lacks the key url", "", _SERVER
    elif kind == "postgresql" and not _SCHEME.match(url):
        yield ("url",), "is not the URL of a PostgreSQL server", _shown(url), _SERVER
    elif kind == "sqlite" and url:
        yield (
            ("url",),
            "is for kind postgresql: a SQLite file is made by lamina itself",
            _shown(url),
            "no url",
        )


def _shown(url: str) -> str:
    """Without what may be a password."""
    scheme, found, _ = url.partition("://")
    return f'"{scheme}://…"' if found else '"…"'

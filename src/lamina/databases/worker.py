"""The databases of one worker: a copy of each that its tests ask for, clean again before the next test has it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from lamina.databases import declared as declarations
from lamina.databases import scripts
from lamina.databases.copies import Copy
from lamina.databases.declared import Declared
from lamina.databases.errors import NoDatabaseError
from lamina.databases.noting import Noting
from lamina.layers.databases import variable_of
from lamina.layers.model import Database

__all__ = ["Databases"]

Clean = Literal["rollback", "clone"]
_WAYS = ("rollback", "clone")


class Databases:
    """Made in the process that uses it. `folder` is the worker's own, and made when it is needed."""

    def __init__(self, declared: Declared, root: Path, folder: Callable[[], Path], noting: Noting) -> None:
        self._declared = declared
        self._root = root
        self._folder = folder
        self._noting = noting
        self._copies: dict[str, Copy] = {}
        self._dirty: set[str] = set()
        # By the running test.
        self._used: dict[str, Clean] = {}
        self._variables: dict[str, str | None] = {}
        self._problems: dict[str, str] = {}

    def connection(self, name: str, clean: str | None) -> Any:
        """A connection to the database for the running test; raises NoDatabaseError."""
        database = declarations.find(self._declared, name)
        way = self._way(database, clean)
        self._noting.uses(name, lambda: scripts.look_at(self._root, database))
        with self._noting.unnoted():
            if self._used.get(name) == "rollback":
                return self._copies[name].again()
            copy = self._clean_copy(database, way)
            connection = copy.begin() if way == "rollback" else copy.connect()
        if way == "clone":
            self._publish(database, copy.url)
        return connection

    def url(self, name: str) -> str:
        """Where the running test's clone of the database is; raises NoDatabaseError."""
        database = declarations.find(self._declared, name)
        way = self._way(database, "clone")
        self._noting.uses(name, lambda: scripts.look_at(self._root, database))
        with self._noting.unnoted():
            url = self._clean_copy(database, way).url
        self._publish(database, url)
        return url

    def after_test(self) -> None:
        """Takes back what the test did, or sees to it that the next one gets a new copy."""
        with self._noting.unnoted():
            for name, way in self._used.items():
                if way == "clone" or not self._copies[name].end():
                    self._dirty.add(name)
            self._used.clear()
            for variable, value in self._variables.items():
                if value is None:
                    os.environ.pop(variable, None)
                else:
                    os.environ[variable] = value
            self._variables.clear()

    def close(self) -> None:
        """Gives everything back."""
        for copy in self._copies.values():
            copy.close()
        self._copies.clear()

    def _way(self, database: Database, clean: str | None) -> Clean:
        way: Any = database.clean if clean is None else clean
        if way not in _WAYS:
            raise NoDatabaseError(f"lamina_database({database.name!r}, clean={clean!r}): allowed: 'rollback', 'clone'")
        before = self._used.get(database.name, way)
        if before != way:
            problem = f"this test has it already with clean={before!r}, and can't have it with clean={way!r} as well"
            raise NoDatabaseError(f"lamina_database({database.name!r}): {problem}")
        return way  # type: ignore[no-any-return]

    def _clean_copy(self, database: Database, way: Clean) -> Copy:
        name = database.name
        if name in self._problems:  # said once in full is enough work: the next test would wait for it again
            raise NoDatabaseError(self._problems[name])
        if name not in self._used:
            try:
                if name not in self._copies:
                    self._copies[name] = self._open(database)
                elif name in self._dirty:
                    self._copies[name].renew()
            except NoDatabaseError as problem:
                self._problems[name] = str(problem)
                raise
            self._dirty.discard(name)
            self._used[name] = way
        return self._copies[name]

    def _open(self, database: Database) -> Copy:
        if database.kind == "postgresql":
            from lamina.databases.postgresql import PostgresqlCopy

            return PostgresqlCopy(self._root, database)
        from lamina.databases.sqlite import SqliteCopy

        return SqliteCopy(self._root, database, Path(self._declared.cache_dir) / "databases", self._folder())

    def _publish(self, database: Database, url: str) -> None:
        """Not unnoted: whoever reads the variable then reads what the test itself has set."""
        variable = variable_of(database.name, database.variable)
        if variable not in self._variables:
            with self._noting.unnoted():
                self._variables[variable] = os.environ.get(variable)
            os.environ[variable] = url

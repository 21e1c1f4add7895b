"""A connection to SQLite whose commits are taken back: all that a test does happens inside one outer transaction.

The code under test sees a connection of its own: it begins, commits and rolls back as ever, by methods, `with`, or SQL.
What it takes for a transaction is a savepoint, which is there only while it has one open.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Callable
from typing import Any, Literal

from lamina.databases.statements import control, first_words, sqlite_statements

__all__ = ["OuterConnection", "connect"]

# Python's own sqlite3 begins a transaction before these, in its default mode.
_IMPLICIT = frozenset({"INSERT", "UPDATE", "DELETE", "REPLACE"})
_ON = frozenset({"1", "ON", "TRUE", "YES"})
_CLONE_INSTEAD = "inside the transaction that lamina takes back; ask for lamina_database(..., clean='clone')"


def connect(path: str) -> OuterConnection:
    """Opens the file, with settings for a copy that nobody misses after a crash."""
    # Python's own handling of transactions is off: it would end the outer one.
    connection = sqlite3.connect(path, factory=OuterConnection, isolation_level=None, check_same_thread=False)
    connection.plain("PRAGMA synchronous=OFF")
    if connection.plain("PRAGMA journal_mode").fetchone()[0] == "delete":
        connection.plain("PRAGMA journal_mode=MEMORY")
    return connection


class OuterConnection(sqlite3.Connection):
    """Between `start` and `take_back` everything is inside the outer transaction."""

    _level: str | None = ""
    _begun = False
    _begun_by = ""
    _is_shut = False
    _is_untouched = True
    _keys_default = 0

    # -- for lamina --------------------------------------------------------------------------------------------------

    def plain(self, sql: str) -> sqlite3.Cursor:
        """Executes SQL as it is."""
        return sqlite3.Cursor(self).execute(sql)

    def start(self) -> None:
        """Begins the outer transaction for a test, with the connection's settings as new."""
        self._cursors: weakref.WeakSet[sqlite3.Cursor] = weakref.WeakSet()
        self.row_factory, self.text_factory = None, str
        self._level, self._begun, self._begun_by, self._is_shut, self._is_untouched = "", False, "", False, True
        self._keys_default = self._foreign_keys()
        self._open_outer()
        self._version = self.plain("PRAGMA data_version").fetchone()[0]

    def take_back(self) -> bool:
        """Undoes all since `start`. False when not all can be undone: the outer transaction was ended behind this class's
        back, or another connection has written to the file."""
        for cursor in list(self._cursors):
            cursor.close()
        try:
            self.plain("ROLLBACK TO lamina_outer")
            self.plain("ROLLBACK")
            for undo in (self.set_authorizer, self.set_trace_callback):
                undo(None)
            self.set_progress_handler(None, 0)
            if self._foreign_keys() != self._keys_default:
                self.plain(f"PRAGMA foreign_keys={self._keys_default}")
            return bool(self.plain("PRAGMA data_version").fetchone()[0] == self._version)
        except sqlite3.Error:
            return False

    def reopen(self) -> None:
        """The test asks for the connection again, which it may have closed."""
        self._is_shut = False

    def really_close(self) -> None:
        """Closes the connection, whatever is open."""
        super().close()

    def run(self, sql: str, execute: Callable[[], Any], implicit: bool = True) -> None:
        """Executes one statement of the code under test by `execute`, or does what it means for a transaction."""
        self._check_open()
        words = first_words(sql)
        wanted = control(words)
        if wanted == "begin":
            self._begin_explicitly()
        elif wanted in ("commit", "rollback"):
            if not self._begun:
                raise sqlite3.OperationalError(f"cannot {wanted} - no transaction is active")
            self._end(wanted == "commit")
        elif words[:2] == ["PRAGMA", "FOREIGN_KEYS"] and not self._begun:
            self._outside(sql, execute)
        else:
            if wanted == "savepoint" and not self._begun:
                self._begin()
                self._begun_by = words[1] if len(words) > 1 else ""
            elif implicit and self._level is not None and words and words[0] in _IMPLICIT and not self._begun:
                self._begin()
            self._is_untouched = self._is_untouched and words[:1] in (["PRAGMA"], ["SELECT"])
            try:
                execute()
            except sqlite3.Error:
                self._see_what_is_left()
                raise
            if wanted == "release" and self._begun_by and words[-1] == self._begun_by:
                self._end(True)

    # -- for the code under test ---------------------------------------------------------------------------------------

    def cursor(self, factory: Any = None) -> Any:
        """As ever."""
        self._check_open()
        kind = OuterCursor if factory is None else _outer(factory)
        cursor = super().cursor(kind)
        self._cursors.add(cursor)
        return cursor

    def execute(self, sql: str, *parameters: Any) -> Any:
        """As ever."""
        return self.cursor().execute(sql, *parameters)

    def executemany(self, sql: str, parameters: Any) -> Any:
        """As ever."""
        return self.cursor().executemany(sql, parameters)

    def executescript(self, script: str) -> Any:
        """As ever."""
        return self.cursor().executescript(script)

    def commit(self) -> None:
        """Ends the transaction of the code under test."""
        self._check_open()
        if self._begun:
            self._end(True)

    def rollback(self) -> None:
        """Undoes the transaction of the code under test."""
        self._check_open()
        if self._begun:
            self._end(False)

    def close(self) -> None:
        """Undoes what was not committed; the connection itself stays open for the next test."""
        if not self._is_shut:
            self.rollback()
        self._is_shut = True

    def __enter__(self) -> OuterConnection:
        self._check_open()
        return self

    def __exit__(self, kind: Any, value: Any, trace: Any) -> Literal[False]:
        if kind is None:
            self.commit()
        else:
            self.rollback()
        return False

    @property
    def in_transaction(self) -> bool:
        """Whether the code under test has a transaction open."""
        return self._begun

    @property
    def isolation_level(self) -> Any:
        """As the code under test set it."""
        return self._level

    @isolation_level.setter
    def isolation_level(self, level: Any) -> None:
        if level is None:
            self.commit()
        self._level = level

    if hasattr(sqlite3.Connection, "autocommit"):

        @property
        def autocommit(self) -> int:
            """Python's older way, which is the default."""
            return sqlite3.LEGACY_TRANSACTION_CONTROL  # type: ignore[attr-defined, no-any-return, unused-ignore]

        @autocommit.setter
        def autocommit(self, value: object) -> None:
            raise sqlite3.NotSupportedError(f"autocommit can't be set {_CLONE_INSTEAD}")

    # -- transactions --------------------------------------------------------------------------------------------------

    def _check_open(self) -> None:
        if self._is_shut:
            raise sqlite3.ProgrammingError("Cannot operate on a closed database.")

    def _open_outer(self) -> None:
        self.plain("BEGIN")
        # By this it is seen whether it is still the same transaction.
        self.plain("SAVEPOINT lamina_outer")

    def _see_what_is_left(self) -> None:
        """A conflict may roll everything back (`INSERT OR ROLLBACK`): the test goes on in a transaction that
        `take_back` takes for lost."""
        if not super().in_transaction:
            self._begun, self._begun_by = False, ""
            self.plain("BEGIN")

    def _begin_explicitly(self) -> None:
        if self._begun:
            raise sqlite3.OperationalError("cannot start a transaction within a transaction")
        self._begin()

    def _begin(self) -> None:
        self.plain("SAVEPOINT lamina_test")
        self._begun = True

    def _end(self, keep: bool) -> None:
        self._begun, self._begun_by = False, ""
        if not keep:
            self.plain("ROLLBACK TO lamina_test")
        self.plain("RELEASE lamina_test")

    def _outside(self, sql: str, execute: Callable[[], Any]) -> None:
        """SQLite ignores `PRAGMA foreign_keys = …` inside a transaction."""
        if self._is_untouched:
            self.plain("ROLLBACK")
            execute()
            self._open_outer()
            return
        value = sql.partition("=")[2].strip().strip("'\";").upper()
        if value and (value in _ON) != bool(self._foreign_keys()):
            raise sqlite3.NotSupportedError(f"foreign_keys can't be changed behind the first change {_CLONE_INSTEAD}")
        execute()

    def _foreign_keys(self) -> int:
        return int(self.plain("PRAGMA foreign_keys").fetchone()[0])


class _Outer:
    """Before `sqlite3.Cursor` or a class made from it."""

    def execute(self, sql: str, *parameters: Any) -> Any:
        """As ever."""
        self.connection.run(sql, lambda: super(_Outer, self).execute(sql, *parameters))  # type: ignore[attr-defined, misc]
        return self

    def executemany(self, sql: str, parameters: Any) -> Any:
        """As ever."""
        self.connection.run(sql, lambda: super(_Outer, self).executemany(sql, parameters))  # type: ignore[attr-defined, misc]
        return self

    def executescript(self, script: str) -> Any:
        """As ever: what is open is committed first, then each statement stands for itself."""
        connection: OuterConnection = self.connection  # type: ignore[attr-defined]
        connection.commit()
        for _, sql in sqlite_statements(script):
            connection.run(sql, lambda sql=sql: super(_Outer, self).execute(sql), implicit=False)  # type: ignore[misc]
        return self


class OuterCursor(_Outer, sqlite3.Cursor):
    """The connection's own kind of cursor."""


def _outer(factory: Any) -> Any:
    if isinstance(factory, type) and issubclass(factory, sqlite3.Cursor) and not issubclass(factory, _Outer):
        return type(factory.__name__, (_Outer, factory), {})
    return factory

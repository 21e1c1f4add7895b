"""A connection to PostgreSQL whose commits are taken back: all that a test does happens inside one outer transaction.

As in `sqlite_connection`: what the code under test takes for a transaction is a savepoint. Where it says autocommit, each
statement has a savepoint of its own, since one that fails would spoil the outer transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus
from psycopg.rows import tuple_row

from lamina.databases.statements import control, first_words, postgresql_lines

__all__ = ["OuterConnection", "OuterCursor"]

_CLONE_INSTEAD = "inside the transaction that lamina takes back; ask for lamina_database(..., clean='clone')"
_DEFERRABLE = """\
SELECT n.nspname, c.conname, c.condeferred FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
WHERE c.condeferrable"""


class OuterConnection(psycopg.Connection[Any]):
    """To be connected with autocommit, which ours stands before; then between `start` and `take_back`."""

    _commits_itself = False
    _begun = False
    _is_shut = False
    _checked_late: list[tuple[str, str, bool]] | None = None

    # -- for lamina --------------------------------------------------------------------------------------------------

    def plain(self, query: Any) -> psycopg.Cursor[Any]:
        """Executes SQL as it is."""
        return psycopg.Cursor(self, row_factory=tuple_row).execute(query)

    def start(self) -> None:
        """Begins the outer transaction for a test, with the connection's settings as new."""
        self._commits_itself, self._begun, self._is_shut = False, False, False
        self.cursor_factory, self.row_factory = OuterCursor, tuple_row
        # Prepared by themselves, statements would outlive the test, and what it changed of a table.
        self.prepare_threshold = None
        if self._checked_late is None:
            self._checked_late = self.plain(_DEFERRABLE).fetchall()
        # By the savepoint it is seen whether it is still the same transaction.
        self.plain("BEGIN; SAVEPOINT lamina_outer")

    def take_back(self) -> bool:
        """Undoes all since `start`; False when that is not possible."""
        self._is_shut = False
        try:
            self.plain("ROLLBACK TO lamina_outer; ROLLBACK; UNLISTEN *; SELECT pg_advisory_unlock_all()")
        except psycopg.Error:
            return False
        return self.pgconn.transaction_status == TransactionStatus.IDLE

    def reopen(self) -> None:
        """The test asks for the connection again, which it may have closed."""
        self._is_shut = False

    def really_close(self) -> None:
        """Closes the connection, whatever is open."""
        self._is_shut = False
        super().close()

    def run(self, query: Any, execute: Callable[[], Any]) -> None:
        """Executes one statement of the code under test by `execute`, or does what it means for a transaction."""
        text = self._text(query)
        words = first_words(text)
        wanted = control(words)
        if words[:2] == ["PREPARE", "TRANSACTION"] or (wanted == "commit" and "PREPARED" in words):
            raise psycopg.NotSupportedError(f"two-phase commit is not possible {_CLONE_INSTEAD}")
        if ";" in text.rstrip("; \n\t") and any(_ends(part) for _, part in postgresql_lines(text)):
            raise psycopg.NotSupportedError(
                f"several statements at once can't begin or end a transaction {_CLONE_INSTEAD}"
            )
        if wanted == "begin":
            self.before_statement(explicitly=True)
        elif wanted in ("commit", "rollback"):
            self._end(wanted == "commit")
        else:
            self.before_statement()
            with self.statement():
                execute()

    def before_statement(self, explicitly: bool = False) -> None:
        """Begins what the code under test takes for a transaction, where psycopg or its SQL would."""
        if (explicitly or not self._commits_itself) and not self._begun and not self._num_transactions:
            self.plain("SAVEPOINT lamina_test")
            self._begun = True

    @contextmanager
    def statement(self) -> Generator[None, None, None]:
        """Around a statement: with autocommit it stands for itself."""
        if self._begun or self._num_transactions:
            yield
            return
        self.plain("SAVEPOINT lamina_statement")
        try:
            yield
            self._check_constraints()
        except psycopg.Error:
            self.plain("ROLLBACK TO lamina_statement; RELEASE lamina_statement")
            raise
        self.plain("RELEASE lamina_statement")

    # -- for the code under test ---------------------------------------------------------------------------------------

    def cursor(self, name: str = "", **options: Any) -> Any:
        """As ever."""
        self._check_shut()
        if name:
            self.before_statement()
        return super().cursor(name, **options)

    @contextmanager
    def transaction(self, *arguments: Any, **options: Any) -> Generator[Any, None, None]:
        """As ever; the outermost block ends with what a commit would check."""
        self._check_shut()
        with super().transaction(*arguments, **options) as block:
            yield block
            if not self._begun and self._num_transactions == 1:
                self._check_constraints()

    def commit(self) -> None:
        """Ends the transaction of the code under test."""
        self._check_shut()
        if self._num_transactions:
            super().commit()  # says that this is forbidden
        self._end(True)

    def rollback(self) -> None:
        """Undoes the transaction of the code under test."""
        self._check_shut()
        if self._num_transactions:
            super().rollback()
        self._end(False)

    def close(self) -> None:
        """Undoes what was not committed; the connection itself stays open for the next test."""
        if not self._is_shut:
            self._end(False)
        self._is_shut = True

    @property
    def closed(self) -> bool:
        """Whether the code under test has closed it."""
        return self._is_shut or super().closed

    @property
    def autocommit(self) -> bool:
        """As the code under test set it."""
        return self._commits_itself

    @autocommit.setter
    def autocommit(self, value: bool) -> None:
        self.set_autocommit(value)

    def set_autocommit(self, value: bool) -> None:
        """As ever."""
        if self._begun or self._num_transactions:
            raise psycopg.ProgrammingError("can't change 'autocommit' now: connection in a transaction")
        self._commits_itself = value

    # -- transactions --------------------------------------------------------------------------------------------------

    def _check_shut(self) -> None:
        if self._is_shut:
            raise psycopg.OperationalError("the connection is closed")

    def _end(self, keep: bool) -> None:
        if not self._begun:
            return
        self._begun = False
        try:
            if keep and self.pgconn.transaction_status == TransactionStatus.INTRANS:
                self._check_constraints()
                self.plain("RELEASE lamina_test")
                return
        except psycopg.Error:
            self.plain("ROLLBACK TO lamina_test; RELEASE lamina_test")
            raise
        # PostgreSQL takes a commit behind an error for a rollback.
        self.plain("ROLLBACK TO lamina_test; RELEASE lamina_test")

    def _check_constraints(self) -> None:
        """Of those that are checked at the end of a transaction, which here never comes."""
        if not self._checked_late:
            return
        self.plain("SET CONSTRAINTS ALL IMMEDIATE")
        deferred = [sql.Identifier(schema, name) for schema, name, is_deferred in self._checked_late if is_deferred]
        if deferred:
            self.plain(sql.SQL("SET CONSTRAINTS {} DEFERRED").format(sql.SQL(", ").join(deferred)))

    def _text(self, query: Any) -> str:
        if isinstance(query, bytes):
            return query.decode("utf-8", "replace")
        return query.as_string(self) if isinstance(query, sql.Composable) else str(query)


class OuterCursor(psycopg.Cursor[Any]):
    """The connection's own kind of cursor."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        """As ever."""
        self._outer.run(query, lambda: super(OuterCursor, self).execute(query, params, **options))
        return self

    def executemany(self, query: Any, params_seq: Any, **options: Any) -> None:
        """As ever."""
        self._outer.run(query, lambda: super(OuterCursor, self).executemany(query, params_seq, **options))

    def stream(self, query: Any, params: Any = None, **options: Any) -> Any:
        """As ever."""
        self._outer.before_statement()
        return super().stream(query, params, **options)

    @contextmanager
    def copy(self, statement: Any, params: Any = None, **options: Any) -> Generator[Any, None, None]:
        """As ever."""
        self._outer.before_statement()
        with self._outer.statement(), super().copy(statement, params, **options) as copy:
            yield copy

    @property
    def _outer(self) -> OuterConnection:
        connection: Any = self.connection
        connection._check_shut()
        return connection  # type: ignore[no-any-return]


def _ends(statement: str) -> bool:
    return control(first_words(statement)) in ("begin", "commit", "rollback")

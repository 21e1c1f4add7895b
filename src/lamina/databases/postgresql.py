"""PostgreSQL: the template and each worker's copy are databases on the server that the configuration names."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lamina.databases import scripts
from lamina.databases.errors import NoDatabaseError
from lamina.databases.statements import postgresql_lines
from lamina.layers.model import Database
from lamina.sources.hashing import hash_text

try:
    import psycopg
    from psycopg.conninfo import make_conninfo
    from psycopg.pq import DiagnosticField, ExecStatus, TransactionStatus
except ImportError as error:
    raise NoDatabaseError(
        f"a database of kind postgresql needs psycopg, which can't be imported ({error}): pip install 'lamina[postgresql]'"
    ) from None

from lamina.databases.postgresql_connection import OuterConnection
from lamina.databases.postgresql_server import Server

__all__ = ["PostgresqlCopy", "server_url"]

_TIMEOUT_SECONDS = 10
_VARIABLE = re.compile(r"\$\{(\w*)\}")
# For psql, where pg_dump writes for it alone.
_COPY = re.compile(r"\bfrom\s+stdin\b", re.IGNORECASE)
_FOR_PSQL = re.compile(r"^\\(un)?restrict .*$", re.MULTILINE)


class PostgresqlCopy:
    """A worker's copy of a database."""

    def __init__(self, root: Path, database: Database) -> None:
        self._root = root
        self._database = database
        self._fingerprint = scripts.fingerprint(root, database)
        self._server_url = server_url(database)
        self._name = Server.clone_name(self._fingerprint, secrets.token_hex(6))
        self._connection: OuterConnection | None = None
        self._given: list[psycopg.Connection[Any]] = []
        with self._explained("can't be reached"):
            self._admin = self._open(psycopg.Connection, autocommit=True)
        self._server = Server(self._admin, hash_text(f"{root}\n{database.name}"))
        try:
            with self._explained("refuses"):
                self._server.hold(self._name)
                self._server.drop_left_over()
            self.renew()
        except BaseException:
            self._admin.close()
            raise

    @property
    def url(self) -> str:
        """Where it is: as the configuration's URL, with another database."""
        return urlsplit(self._server_url)._replace(path=f"/{self._name}").geturl()

    def begin(self) -> Any:
        """The worker's connection, in a transaction that `end` takes back."""
        if self._connection is None:
            with self._explained("refuses"):
                self._connection = self._open(OuterConnection, self._name, autocommit=True)
        self._connection.start()
        return self._connection

    def again(self) -> Any:
        """The connection that `begin` gave, for a test that asks a second time."""
        assert self._connection is not None
        self._connection.reopen()
        return self._connection

    def end(self) -> bool:
        """Takes back what the test did; False when the copy has to be renewed."""
        return self._connection is not None and self._connection.take_back()

    def connect(self) -> Any:
        """A plain connection, which commits for good."""
        with self._explained("refuses"):
            connection = self._open(psycopg.Connection, self._name)
        self._given.append(connection)
        return connection

    def renew(self) -> None:
        """Makes the copy anew from the template; whoever is connected to the old one is cut off."""
        self._close_connections()
        with self._explained("refuses"), self._server.template(self._fingerprint, self._build) as template:
            self._server.clone(template, self._name)

    def close(self) -> None:
        """Closes the connections and drops the copy."""
        self._close_connections()
        with suppress(psycopg.Error):  # the server may be gone
            self._server.drop(self._name)
        self._admin.close()

    def _close_connections(self) -> None:
        if self._connection is not None:
            self._connection.really_close()
            self._connection = None
        while self._given:
            self._given.pop().close()

    # -- the server ----------------------------------------------------------------------------------------------------

    def _open(self, kind: Any, name: str = "", **options: Any) -> Any:
        url = re.sub(r"^(postgres(?:ql)?)\+\w+://", r"\1://", self._server_url)
        named = {"dbname": name} if name else {}
        info = make_conninfo(url, **named)
        if "connect_timeout" not in info:
            info = make_conninfo(info, connect_timeout=_TIMEOUT_SECONDS)
        return kind.connect(info, **options)

    @contextmanager
    def _explained(self, what: str) -> Iterator[None]:
        """psycopg's errors, which name no password, as the user's."""
        try:
            yield
        except psycopg.Error as error:
            said = " ".join(str(error).split())
            key = f"databases.{self._database.name}.url"
            hint = (
                "start it, or change the URL"
                if what != "refuses"
                else "the user of the URL has to be able to create databases"
            )
            raise NoDatabaseError(f"{key}: the PostgreSQL server {what}: {said}; {hint}") from None

    # -- the template --------------------------------------------------------------------------------------------------

    def _build(self, name: str) -> None:
        connection = self._open(psycopg.Connection, name)
        try:
            for script in scripts.scripts_of(self._root, self._database):
                if script.is_function:
                    scripts.call(self._root, script, connection)
                    connection.commit()
                else:
                    self._run(script, connection)
        finally:
            connection.close()

    def _run(self, script: scripts.Script, connection: psycopg.Connection[Any]) -> None:
        """Sends the file as a whole, as psql would with a command: PostgreSQL itself sees where statements end."""
        text = _FOR_PSQL.sub("", scripts.read(self._root, script))
        connection.pgconn.send_query(text.encode())
        done = 0
        problem = ""
        while (result := connection.pgconn.get_result()) is not None:
            if result.status == ExecStatus.FATAL_ERROR:
                message = (result.error_field(DiagnosticField.MESSAGE_PRIMARY) or b"").decode("utf-8", "replace")
                position = int(result.error_field(DiagnosticField.STATEMENT_POSITION) or 0)
                problem = problem or f"{script.name}:{_line(text, position, done)}: {message}"
            elif result.status == ExecStatus.COPY_IN:
                connection.pgconn.put_copy_end(b"there is none")
            done += 1
        if problem:
            hint = (
                "; data behind COPY ... FROM stdin is for psql: write INSERT, or a function"
                if _COPY.search(text)
                else ""
            )
            raise NoDatabaseError(f"{problem} (database {self._database.name}){hint}")
        if connection.pgconn.transaction_status != TransactionStatus.IDLE:
            connection.commit()


def server_url(database: Database) -> str:
    """The URL of the configuration with its variables filled in; raises NoDatabaseError for one that is not set."""

    def value(match: re.Match[str]) -> str:
        if match[1] not in os.environ:
            key = f"databases.{database.name}.url"
            raise NoDatabaseError(f"{key}: the environment variable {match[1]} is not set, which the URL names")
        return os.environ[match[1]]

    return _VARIABLE.sub(value, database.url)


def _line(text: str, position: int, statement: int) -> int:
    """Of the place that the server names (from 1; 0: none), or where the statement of that number (from 0) begins."""
    if position:
        return text.count("\n", 0, position - 1) + 1
    lines = [line for line, _ in postgresql_lines(text)]
    return lines[min(statement, len(lines) - 1)] if lines else 1

"""SQLite: the template is a file in the cache folder, a worker's copy a file in its temporary folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from lamina.databases import scripts
from lamina.databases.errors import NoDatabaseError
from lamina.databases.sqlite_connection import OuterConnection, connect
from lamina.databases.statements import sqlite_statements
from lamina.layers.model import Database

__all__ = ["SqliteCopy"]

# Of each database, those used last: for the branches that one goes back and forth between.
_KEPT = 4
_BESIDE = ("", "-journal", "-wal", "-shm")


class SqliteCopy:
    """A worker's copy of a database. `folder` is where templates are kept, `own` the worker's."""

    def __init__(self, root: Path, database: Database, folder: Path, own: Path) -> None:
        self._root = root
        self._database = database
        self._folder = folder
        self._fingerprint = scripts.fingerprint(root, database)
        self._path = own / f"{database.name}.sqlite3"
        self._connection: OuterConnection | None = None
        self._given: list[sqlite3.Connection] = []
        self.renew()

    @property
    def url(self) -> str:
        """Where it is, in the form that SQLAlchemy and Django's helpers take."""
        return f"sqlite:///{self._path}"

    def begin(self) -> Any:
        """The worker's connection, in a transaction that `end` takes back."""
        if self._connection is None:
            self._connection = connect(str(self._path))
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
        connection = sqlite3.connect(self._path, check_same_thread=False)
        self._given.append(connection)
        return connection

    def renew(self) -> None:
        """Makes the copy anew from the template. Whoever has the old file open keeps the old file."""
        self.close()
        fresh = self._path.with_suffix(".new")
        try:
            shutil.copyfile(self._template(), fresh)
        except FileNotFoundError:  # dropped meanwhile by a run that needed others
            shutil.copyfile(self._template(), fresh)
        fresh.replace(self._path)

    def close(self) -> None:
        """Closes the connections and removes the copy."""
        if self._connection is not None:
            self._connection.really_close()
            self._connection = None
        while self._given:
            self._given.pop().close()
        for ending in _BESIDE:
            Path(f"{self._path}{ending}").unlink(missing_ok=True)

    # -- the template --------------------------------------------------------------------------------------------------

    def _template(self) -> Path:
        """The template's file, made if it is not there."""
        path = self._folder / f"{self._database.name}-{self._fingerprint}.sqlite3"
        if not path.exists():
            self._folder.mkdir(parents=True, exist_ok=True)
            with _locked(self._folder / f"{self._database.name}.lock"):
                if not path.exists():
                    self._build(path)
                    self._drop_old(path)
        with suppress(OSError):
            os.utime(path)  # used last
        return path

    def _build(self, path: Path) -> None:
        """Makes the file under another name; it has its own when it is complete and on the disk."""
        for left in self._folder.glob(f"{self._database.name}-*.partial*"):  # of a builder that was killed
            left.unlink(missing_ok=True)
        partial = path.with_suffix(".partial")
        try:
            with closing(sqlite3.connect(partial, isolation_level=None)) as connection:
                connection.execute("PRAGMA synchronous=OFF")
                connection.execute("PRAGMA user_version")  # writes the file's head, also without scripts
                for script in scripts.scripts_of(self._root, self._database):
                    self._run(script, connection)
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                connection.execute("VACUUM")
            with partial.open("rb") as file:
                os.fsync(file.fileno())
            partial.chmod(0o444)
            partial.replace(path)
        finally:
            for ending in _BESIDE:
                Path(f"{partial}{ending}").unlink(missing_ok=True)

    def _run(self, script: scripts.Script, connection: sqlite3.Connection) -> None:
        if script.is_function:
            connection.isolation_level = "DEFERRED"
            scripts.call(self._root, script, connection)
            connection.commit()
            connection.isolation_level = None
            return
        for line, sql in sqlite_statements(scripts.read(self._root, script)):
            try:
                connection.execute(sql)
            except sqlite3.Error as error:
                raise NoDatabaseError(f"{script.name}:{line}: {error} (database {self._database.name})") from None
        if connection.in_transaction:
            connection.execute("COMMIT")

    def _drop_old(self, newest: Path) -> None:
        """Templates of other contents, but for those used last."""
        others = [path for path in self._folder.glob(f"{self._database.name}-*.sqlite3") if path != newest]
        others.sort(key=_used, reverse=True)
        for path in others[_KEPT - 1 :]:
            path.unlink(missing_ok=True)


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One builder at a time, over all workers and runs; the lock goes with a process that is killed."""
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

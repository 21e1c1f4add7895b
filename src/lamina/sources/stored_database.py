"""An SQLite file that lamina keeps: opened, made with its tables, set aside when it can't be understood.

It knows nothing of what the rows mean. All that such a file holds can be made again, so one of another schema is set aside
and begun anew. Two that open a file for the first time take turns, and it is made beside its place: SQLite doesn't wait when a
database is turned to write-ahead logging while another looks at it (https://sqlite.org/wal.html, "Sometimes Queries Return
SQLITE_BUSY").
"""

from __future__ import annotations

import fcntl
import os
import random
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress

from lamina.sources.stored_files import make_folder, set_aside

__all__ = ["StoredDatabase"]

# Seconds to wait for another process that writes.
_PATIENCE = 20
# Where in a file its `user_version` is (https://sqlite.org/fileformat.html).
_VERSION_AT = 60


class StoredDatabase:
    """One file, opened for each use, so that threads and processes share nothing but the file.

    Nothing here fails a run: `notes` gets a line for each thing that went wrong with the file itself. `loss` begins the line
    when the file can't be used (`results are not cached`).
    """

    def __init__(self, path: str, schema: str, version: int, loss: str) -> None:
        self.path = path
        self.notes: list[str] = []
        # How often nothing could be read or written.
        self.losses = 0
        self._schema = schema
        self._version = version
        self._loss = loss

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection | None]:
        """A connection to read from, all at one moment, whoever writes meanwhile; None when there is nothing yet or it can't
        be read."""
        connection = self.open(create=False)
        if connection is None:
            yield None
            return
        with closing(connection):
            connection.execute("begin")
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection | None]:
        """A transaction, committed at the end; None when nothing can be written here (said in a note)."""
        connection = self.open(create=True)
        if connection is None:
            yield None
            return
        with closing(connection):
            try:
                connection.execute("begin immediate")
                with connection:
                    yield connection
            except sqlite3.OperationalError as error:
                self._lost(str(error))

    def open(self, create: bool) -> sqlite3.Connection | None:
        """A connection that commits each statement; None, with a note, when there can't be one."""
        if not create and not os.path.exists(self.path):
            return None
        try:
            make_folder(os.path.dirname(self.path))
            connection = self._understood() if self._is_complete() else None
            if connection is not None:
                return connection
            with self._alone():
                return self._understood() or self._begun()
        except sqlite3.Error as error:
            # No space, no permission, or another run writes for longer than the patience: the file itself is good.
            self._lost(str(error))
        except OSError as error:
            self._lost(error.strerror or str(error))
        return None

    def _lost(self, reason: str) -> None:
        self.losses += 1
        self.notes.append(f"{self._loss}: {self.path}: {reason}")

    @contextmanager
    def _alone(self) -> Iterator[None]:
        descriptor = os.open(f"{self.path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _is_complete(self) -> bool:
        """Whether the file's header says that it is of this schema. SQLite must not look at a file that another process may be
        about to replace: by its name it finds the new one's log then, and removes it."""
        with suppress(FileNotFoundError), open(self.path, "rb") as stream:
            header = stream.read(_VERSION_AT + 4)
            return header.startswith(b"SQLite format 3\0") and header[_VERSION_AT:] == self._version.to_bytes(4)
        return False

    def _understood(self) -> sqlite3.Connection | None:
        """A connection to a file of this schema; None for any other file."""
        connection = sqlite3.connect(self.path, timeout=_PATIENCE, isolation_level=None)
        try:
            if connection.execute("pragma user_version").fetchone()[0] == self._version:
                connection.execute("pragma synchronous = normal")
                return connection
        except sqlite3.OperationalError:
            connection.close()
            raise
        except sqlite3.DatabaseError:
            pass
        connection.close()
        return None

    def _begun(self) -> sqlite3.Connection | None:
        """A connection to a new file with its tables. Called by one at a time; others find it when it is complete."""
        if not self._is_empty():
            self.notes.append(set_aside(self.path))
        new = f"{self.path}.new"
        for path in (self.path, new):
            for suffix in ("-wal", "-shm"):
                with suppress(OSError):
                    os.unlink(f"{path}{suffix}")
        with suppress(OSError):
            os.unlink(new)  # of a run that was killed
        with closing(sqlite3.connect(new, timeout=_PATIENCE, isolation_level=None)) as connection:
            connection.execute("pragma auto_vacuum = incremental")
            # Tells a file from the one that was here before; written while there is no log yet, so that it is in the file.
            connection.execute(f"pragma application_id = {random.getrandbits(31) | 1}")
            connection.execute("pragma journal_mode = wal")
            connection.executescript(f"begin immediate; {self._schema} pragma user_version = {self._version}; commit;")
        os.replace(new, self.path)
        return self._understood()

    def _is_empty(self) -> bool:
        try:
            with closing(sqlite3.connect(self.path, timeout=_PATIENCE)) as connection:
                if connection.execute("pragma user_version").fetchone()[0]:
                    return False
                return not connection.execute("select count(*) from sqlite_master").fetchone()[0]
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            return False

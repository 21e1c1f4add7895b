"""What lamina does on a PostgreSQL server: templates and clones as databases of their own, under advisory locks.

A lock goes with the connection that holds it, so with a process that is killed. A template is built under another name and
has its own when it is complete. A clone whose lock nobody holds is left over, and whoever comes next drops it.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import psycopg
from psycopg import sql

__all__ = ["Server"]

# Of each database of a project, those used last: for the branches that one goes back and forth between.
_KEPT = 4
# When a template was used last is noted this often, in seconds.
_NOTED_EVERY = 600
_TEMPLATE, _BUILDING, _CLONE = "lamina_template_", "lamina_building_", "lamina_clone_"


class Server:
    """Over one connection to a database that is there (`admin`, with autocommit). `owner` tells the templates of one database
    of one project from others'."""

    def __init__(self, admin: psycopg.Connection[Any], owner: str) -> None:
        self._admin = admin
        self._owner = owner

    @contextmanager
    def template(self, fingerprint: str, build: Callable[[str], None]) -> Iterator[str]:
        """The template's name, kept from being dropped meanwhile; `build` fills an empty database of the name that it gets."""
        name = f"{_TEMPLATE}{fingerprint}"
        while True:
            self._ask("SELECT pg_advisory_lock_shared(%s)", _key(name))
            try:
                if self._is_there(name):
                    self._note_use(name)
                    yield name
                    return
            finally:
                self._ask("SELECT pg_advisory_unlock_shared(%s)", _key(name))
            self._make(name, fingerprint, build)

    def clone(self, template: str, name: str) -> None:
        """Makes the database anew as a copy of the template."""
        self.drop(name)
        self._do("CREATE DATABASE {} TEMPLATE {}", name, template)

    def hold(self, name: str) -> None:
        """For as long as the connection is there, the clone of this name is in use."""
        self._ask("SELECT pg_advisory_lock(%s)", _key(name))

    def drop(self, name: str) -> None:
        """Drops a database that need not be there, whoever is connected to it."""
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def drop_left_over(self) -> None:
        """Clones of workers that were killed, and halves of templates."""
        for name in self._names(_CLONE):
            self._drop_if_free(name, name)
        for name in self._names(_BUILDING):
            self._drop_if_free(name, name.replace(_BUILDING, _TEMPLATE))

    @staticmethod
    def clone_name(fingerprint: str, token: str) -> str:
        """For a new clone; `token` is nobody else's."""
        return f"{_CLONE}{fingerprint[:8]}_{token}"

    # -- templates -----------------------------------------------------------------------------------------------------

    def _make(self, name: str, fingerprint: str, build: Callable[[str], None]) -> None:
        self._ask("SELECT pg_advisory_lock(%s)", _key(name))
        try:
            if self._is_there(name):
                return
            building = f"{_BUILDING}{fingerprint}"
            self.drop(building)
            self._do("CREATE DATABASE {}", building)
            try:
                build(building)
            except BaseException:
                self.drop(building)
                raise
            self._note_use(building, whenever=True)
            self._do("ALTER DATABASE {} WITH ALLOW_CONNECTIONS false", building)
            self._do("ALTER DATABASE {} RENAME TO {}", building, name)
            self._drop_old(name)
        finally:
            self._ask("SELECT pg_advisory_unlock(%s)", _key(name))

    def _drop_old(self, newest: str) -> None:
        used = {
            name: note["used"]
            for name, note in self._notes().items()
            if note["owner"] == self._owner and name != newest
        }
        for name in sorted(used, key=lambda one: used[one], reverse=True)[_KEPT - 1 :]:
            self._drop_if_free(name, name)

    def _note_use(self, name: str, whenever: bool = False) -> None:
        """When it was used last, as the database's comment. Two that write it at once may fail, which does no harm."""
        now = time.time()
        if not whenever and now - self._notes().get(name, {}).get("used", 0) < _NOTED_EVERY:
            return
        with suppress(psycopg.errors.InternalError_, psycopg.errors.InsufficientPrivilege):
            note = json.dumps({"owner": self._owner, "used": now})
            self._admin.execute(sql.SQL("COMMENT ON DATABASE {} IS {}").format(sql.Identifier(name), sql.Literal(note)))

    def _notes(self) -> dict[str, dict[str, Any]]:
        rows = self._admin.execute(
            "SELECT datname, shobj_description(oid, 'pg_database') FROM pg_database WHERE starts_with(datname, %s)",
            (_TEMPLATE,),
        ).fetchall()
        found = {}
        for name, note in rows:
            with suppress(TypeError, ValueError):
                read = json.loads(note)
                found[name] = {"owner": str(read["owner"]), "used": float(read["used"])}
        return found

    # -- on the server -------------------------------------------------------------------------------------------------

    def _drop_if_free(self, name: str, lock: str) -> None:
        if not self._ask("SELECT pg_try_advisory_lock(%s)", _key(lock)):
            return
        try:
            with suppress(psycopg.errors.InsufficientPrivilege):  # another user's
                self.drop(name)
        finally:
            self._ask("SELECT pg_advisory_unlock(%s)", _key(lock))

    def _names(self, prefix: str) -> list[str]:
        rows = self._admin.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", (prefix,))
        return [name for (name,) in rows]

    def _is_there(self, name: str) -> bool:
        return bool(self._ask("SELECT count(*) FROM pg_database WHERE datname = %s", name))

    def _ask(self, query: Any, value: object) -> Any:
        row = self._admin.execute(query, (value,)).fetchone()
        return row[0] if row else None

    def _do(self, command: Any, *names: str) -> None:
        self._admin.execute(sql.SQL(command).format(*(sql.Identifier(name) for name in names)))


def _key(name: str) -> int:
    """The number of a name's lock: 64 bits, signed."""
    from xxhash import xxh3_64_digest

    return int.from_bytes(xxh3_64_digest(name.encode()), "big", signed=True)

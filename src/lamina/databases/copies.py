"""What the kinds of databases have in common: a worker's own copy of a template."""

from __future__ import annotations

from typing import Any, Protocol

__all__ = ["Copy"]


class Copy(Protocol):
    """A worker's own copy of a database's template, made when the object is; may raise NoDatabaseError."""

    @property
    def url(self) -> str:
        """Where it is, for code that opens its own connections."""
        raise NotImplementedError

    def begin(self) -> Any:
        """The worker's connection, in a transaction that `end` takes back."""

    def again(self) -> Any:
        """The connection that `begin` gave, for a test that asks a second time."""

    def end(self) -> bool:
        """Takes back what the test did; False when the copy has to be renewed."""
        raise NotImplementedError

    def connect(self) -> Any:
        """A plain connection, which commits for good."""

    def renew(self) -> None:
        """Makes the copy anew from the template."""

    def close(self) -> None:
        """Closes all connections and removes the copy."""

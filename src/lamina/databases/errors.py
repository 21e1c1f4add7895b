"""What the user got wrong about a database, as one message."""

from __future__ import annotations

from lamina.errors import UsageError

__all__ = ["NoDatabaseError"]


class NoDatabaseError(UsageError):
    """A test can't have its database: what, where, and what to do, in one message."""

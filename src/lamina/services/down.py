"""What is said of a service that is not there, or not any more."""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["Death", "ServiceDownError"]


class Death(NamedTuple):
    """A service ended by itself: how, and when (seconds since the epoch)."""

    reason: str
    at: float


class ServiceDownError(Exception):
    """A service is not there: why, and the end of its log. `is_taken`: somebody else has its port."""

    def __init__(self, reason: str, log: str = "", is_taken: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.log = log
        self.is_taken = is_taken

"""When the machine has no process left for another worker: whether to try again, and whether to give up.

It only looks at the clock; who tries and what is done about it is the controller's matter.
"""

from __future__ import annotations

import time

__all__ = ["Shortage"]

_PAUSE_SECONDS = 0.25
_PATIENCE_SECONDS = 10.0


class Shortage:
    """`lasts` from the first attempt in vain until one succeeds."""

    def __init__(self) -> None:
        self._since = 0.0
        self._next = 0.0

    @property
    def lasts(self) -> bool:
        """Whether the last attempt was in vain."""
        return self._since > 0

    def begins(self) -> bool:
        """An attempt was in vain; whether it was the first one."""
        now = time.monotonic()
        self._next = now + _PAUSE_SECONDS
        if self._since:
            return False
        self._since = now
        return True

    def is_over(self) -> None:
        """An attempt succeeded."""
        self._since = 0.0

    def may_try(self) -> bool:
        """Whether it is time for an attempt."""
        return not self._since or time.monotonic() >= self._next

    def may_try_again(self) -> bool:
        """Whether it is time for another attempt after one in vain."""
        return self.lasts and self.may_try()

    @property
    def is_hopeless(self) -> bool:
        """Whether it has lasted too long."""
        return self.lasts and time.monotonic() - self._since > _PATIENCE_SECONDS

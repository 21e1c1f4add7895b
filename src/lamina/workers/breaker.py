"""The circuit breaker of a category: when test after test fails for reasons that are not the code's, it stops trying.

Three states, as in the pattern of that name. *Closed*: everything runs. After so many failures of infrastructure in a row it
is *open*: nothing is started. After a pause it is *half open*: one test is tried. If that one fares better, it is closed again;
if not, the next pause begins, and after the last of a few probes it has given up.

It knows no processes and no clock: it is told what happened and when.
"""

from __future__ import annotations

from lamina.workers.protocol import ResultRow

__all__ = ["PROBES", "Breaker", "is_infrastructure"]

# Probes that fail before it gives up.
PROBES = 3

# Errors of a fixture that are about the code as it is written, and come again however often it is tried.
_OF_THE_CODE = (
    "assert", "AssertionError", "AttributeError", "Failed:", "ImportError", "IndentationError", "ModuleNotFoundError",
    "NameError", "ScopeMismatch", "SyntaxError", "TypeError", "UnboundLocalError", "fixture '", "recursive dependency",
)  # fmt: skip


def is_infrastructure(row: ResultRow) -> bool | None:
    """Whether a result says that what tests need is not there: a crash, a timeout, a fixture that could not be set up or
    torn down. None when it says nothing either way (the test was skipped, or not run)."""
    if row["outcome"] in ("skipped", "not_run"):
        return None
    if row["outcome"] == "error":
        return not row["message"].startswith(_OF_THE_CODE)
    return row["outcome"] in ("crashed", "timeout")


class Breaker:
    """`threshold` failures in a row open it (0: never), for `pause` seconds. `state` is "closed", "open", "half_open" or
    "given_up"."""

    def __init__(self, threshold: int, pause: float) -> None:
        self.state = "closed"
        self.in_a_row = 0
        self._threshold = threshold
        self._pause = pause
        self._probes = 0
        self._until = 0.0

    def heard(self, failed: bool | None, now: float) -> None:
        """A test has ended at `now` (seconds of any clock); `failed` is what `is_infrastructure` says of it."""
        if failed is None or self.state == "given_up" or not self._threshold:
            return
        if not failed:
            self.state, self.in_a_row, self._probes = "closed", 0, 0
            return
        self.in_a_row += 1
        if self.state == "half_open":
            self._probes += 1
            self.state = "open" if self._probes < PROBES else "given_up"
            self._until = now + self._pause
        elif self.state == "closed" and self.in_a_row >= self._threshold:
            self.state = "open"
            self._until = now + self._pause

    def is_due(self, now: float) -> bool:
        """Whether the pause is over and a test may be tried."""
        return self.state == "open" and now >= self._until

    def try_one(self) -> None:
        """A test is tried now."""
        self.state = "half_open"

    def missed(self, now: float) -> None:
        """The probe came to nothing: the test was skipped, or its worker ended before it. Another one is due."""
        if self.state == "half_open":
            self.state, self._until = "open", now

"""What the death of a service means for the category that uses it: it is stopped, and failures since then don't count."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING

from lamina.history.outcome import CategoryOutcome
from lamina.records import FAILING, TestRecord

if TYPE_CHECKING:
    from lamina.engine.link import Link
    from lamina.services.down import Death

__all__ = ["ServiceUse"]

# A service's death is noticed a moment after it; a test that failed within that moment failed of it.
_MOMENT_SECONDS = 0.5


class ServiceUse:
    """A category's use of its services. `link` is its session, once there is one."""

    def __init__(self) -> None:
        self.death: Death | None = None
        self.link: Link | None = None

    def is_watching(self, link: Link) -> None:
        """The session that is to be stopped."""
        self.link = link
        if self.death is not None:
            link.give_up(self.death.reason)

    def died(self, death: Death) -> None:
        """Stops the session. Called from any thread."""
        if self.death is None:
            self.death = death
        if self.link is not None:
            self.link.give_up(death.reason)

    def judged(self, outcome: CategoryOutcome) -> CategoryOutcome:
        """The outcome, in which tests that failed when a service was dead were not run: they say nothing of the code."""
        if self.death is None:
            return outcome
        for test in outcome.tests:
            if not test.cached and test.outcome in FAILING and _ended(test) >= self.death.at - _MOMENT_SECONDS:
                message = test.attempts[-1].message if test.attempts else ""
                test.reason = self.death.reason + (f"; it failed then: {message}" if message else "")
                test.outcome, test.attempts, test.failure, test.sections = "not_run", (), "", ()
        record = outcome.record
        record.counts = dict(Counter[str](test.outcome for test in outcome.tests))
        if record.outcome == "failed" and not any(record.counts.get(one) for one in FAILING):
            record.outcome, record.reason = "not_run", self.death.reason
        return outcome


def _ended(test: TestRecord) -> float:
    began = datetime.fromisoformat(test.started).timestamp() if test.started else 0.0
    return began + test.duration

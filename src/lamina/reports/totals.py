"""The sums of a run that terminal and page both show."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from lamina.records import RunRecord, TestRecord

__all__ = ["Totals", "totals_of", "was_executed"]


class Totals(NamedTuple):
    """Numbers of tests by outcome; how many were executed and served; seconds of wall time and of the tests themselves.

    `executed_seconds` are the durations of what ran now, `cached_seconds` of what was served from earlier runs.
    """

    counts: dict[str, int]
    executed: int
    cached: int
    not_run: int
    wall_seconds: float
    executed_seconds: float
    cached_seconds: float

    @property
    def speed_up(self) -> float:
        """How many times faster than one test after the other; 0 when nothing was executed."""
        return self.executed_seconds / self.wall_seconds if self.executed and self.wall_seconds else 0.0


def was_executed(test: TestRecord) -> bool:
    """Whether the test ran in this run; a file that can't be collected, or skips itself as a whole, did not."""
    return not test.cached and test.outcome != "not_run" and bool(test.started)


def totals_of(run: RunRecord) -> Totals:
    """Sums a run up."""
    counts: Counter[str] = Counter()
    executed = cached = not_run = 0
    executed_seconds = cached_seconds = 0.0
    for test in run.tests:
        counts[test.outcome] += 1
        if test.cached:
            cached += 1
            cached_seconds += test.duration
        elif test.outcome == "not_run":
            not_run += 1
        elif was_executed(test):
            executed += 1
            executed_seconds += test.duration
    return Totals(dict(counts), executed, cached, not_run, run.run.duration, executed_seconds, cached_seconds)

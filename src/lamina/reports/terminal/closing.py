"""The end of a run on the terminal, from its record: what to run again, what did not run and why, the verdict."""

from __future__ import annotations

import os
import shlex
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lamina.records import FAILING, RunRecord
from lamina.reports.closing_lines import last_line, paint
from lamina.reports.totals import totals_of
from lamina.reports.wording import plural, verdict_of

__all__ = ["closing"]

_NAMED = 20


def closing(run: RunRecord, reports_dir: Path, color: bool) -> Iterator[str]:
    """The lines."""
    failing = [test for test in run.tests if test.outcome in FAILING]
    if failing:
        yield paint("To run what failed again:", "bold", color)
        for test in failing[:_NAMED]:
            place = f"{test.file}:{test.line}" if test.line else test.file
            yield f"  pytest {shlex.quote(test.id)}  {paint(f'# {place}', 'dim', color)}"
        if len(failing) > _NAMED:
            yield f"  and {len(failing) - _NAMED} more, in the report"
    not_run = Counter(test.reason for test in run.tests if test.outcome == "not_run")
    for reason, number in not_run.most_common(5):
        yield f"not run: {plural(number, 'test')} ({reason})"
    totals = totals_of(run)
    yield last_line(
        verdict_of(run.run.exit_status, run.run.interrupted), totals.counts, totals.executed, totals.cached,
        totals.wall_seconds, totals.executed_seconds, totals.cached_seconds,
        os.path.relpath(reports_dir / "latest" / "index.html"), color,
    )  # fmt: skip

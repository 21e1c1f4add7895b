"""The end of a run on the terminal, from its record: what to run again, what did not run and why, the verdict."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lamina.records import FAILING, RunRecord, TestRecord
from lamina.reports.closing_lines import last_line, paint, report_path
from lamina.reports.totals import totals_of
from lamina.reports.wording import grouped, one_line, plural, rerun_command, verdict_of

__all__ = ["closing", "place_of"]

_NAMED = 20
_REASONS = 5


def closing(run: RunRecord, reports_dir: Path | None, color: bool) -> Iterator[str]:
    """The lines."""
    failing = [test for test in run.tests if test.outcome in FAILING]
    if failing:
        yield paint("To run what failed again:", "bold", color)
        for test in failing[:_NAMED]:
            yield f"  {one_line(rerun_command(test), 1_100)}  {paint(f'# {place_of(test)}', 'dim', color)}"
        if len(failing) > _NAMED:
            yield f"  and {grouped(len(failing) - _NAMED)} more, in the report"
    yield from _not_run(run)
    if run.audit and run.audit.faults:
        number = plural(len(run.audit.faults), "result")
        text = f"SELECTION FAULT: {number} would have been served wrongly; see above, and the report"
        yield paint(text, "FAILED", color)
    totals = totals_of(run)
    yield last_line(
        verdict_of(run.run.exit_status, run.run.interrupted), totals.counts, totals.executed, totals.cached,
        totals.wall_seconds, totals.executed_seconds, totals.cached_seconds,
        report_path(reports_dir) if reports_dir else "", color,
    )  # fmt: skip


def place_of(test: TestRecord) -> str:
    """ "tests/a.py:12", which terminals and editors make a link of."""
    return one_line(f"{test.file}:{test.line}" if test.line else test.file)


def _not_run(run: RunRecord) -> Iterator[str]:
    reasons = Counter(test.reason for test in run.tests if test.outcome == "not_run").most_common()
    for reason, number in reasons[:_REASONS]:
        yield f"not run: {plural(number, 'test')} ({one_line(reason)})"
    if len(reasons) > _REASONS:
        rest = sum(number for _, number in reasons[_REASONS:])
        yield f"not run: {plural(rest, 'test')} for other reasons, in the report"

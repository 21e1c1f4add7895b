"""What the page shows, as plain data; the template only lays it out."""

from __future__ import annotations

import shlex
from collections import defaultdict
from itertools import groupby
from typing import Any

from lamina.records import FAILING, RunRecord, TestRecord
from lamina.reports.timeline import timeline_of
from lamina.reports.totals import Totals, totals_of
from lamina.reports.wording import counts_text, grouped, plural, seconds_text, verdict_of

__all__ = ["page_of"]

# Above this number of tests the page lists only those that say something; results.json has all.
_LISTED_TESTS = 20_000
_SLOWEST = 20
# A failing suite may fail thousands of times; the page stays readable and small.
_FAILURES_SHOWN = 300
_TEXT_SHOWN = 20_000
SIGNS = {
    "passed": "✓", "failed": "✗", "error": "✗", "crashed": "✗", "timeout": "✗", "skipped": "–", "xfailed": "–", "xpassed": "!",
    "not_run": "○", "cached": "✓", "empty": "–",
}  # fmt: skip


def page_of(run: RunRecord) -> dict[str, Any]:
    """The template's variables."""
    totals = totals_of(run)
    failing = [test for test in run.tests if test.outcome in FAILING]
    executed = [test for test in run.tests if not test.cached and test.outcome != "not_run"]
    return {
        "run": run.run,
        "verdict": verdict_of(run.run.exit_status, run.run.interrupted),
        "tiles": _tiles(run, totals),
        "layers": run.layers,
        "failures": [_failure(test) for test in failing[:_FAILURES_SHOWN]],
        "failures_left_out": max(0, len(failing) - _FAILURES_SHOWN),
        "summaries": [
            (category.name, _short(_plain(category.summary)))
            for layer in run.layers
            for category in layer.categories
            if category.outcome == "error" and category.summary
        ],
        "timeline": timeline_of(run),
        "slowest": [
            {"id": test.id, "outcome": test.outcome, "seconds": seconds_text(test.duration), "worker": test.worker}
            for test in sorted(executed, key=lambda test: -test.duration)[:_SLOWEST]
        ],
        "reasons": _reasons(run.tests),
        "notes": run.notes,
        "tests": _listing(run.tests),
        "listed_all": len(run.tests) <= _LISTED_TESTS,
        "signs": SIGNS,
        "seconds_text": seconds_text,
        "counts_text": counts_text,
    }


def _tiles(run: RunRecord, totals: Totals) -> list[tuple[str, str, str]]:
    """(figure, label, explanation) of each tile."""
    failing = sum(totals.counts.get(outcome, 0) for outcome in FAILING)
    tiles = [
        (grouped(len(run.tests)), "tests", counts_text(totals.counts)),
        (grouped(failing), "failed", "failed, errors, crashed, timed out"),
        (grouped(totals.executed), "executed", f"{seconds_text(totals.executed_seconds)} of tests"),
        (grouped(totals.cached), "cached", f"{seconds_text(totals.cached_seconds)} of tests saved"),
        (seconds_text(totals.wall_seconds), "wall time", f"{plural(run.run.slots, 'worker')} at most" if run.run.slots else ""),
    ]
    if totals.not_run:
        tiles.insert(4, (grouped(totals.not_run), "not run", "see the reasons below"))
    if totals.speed_up >= 1.05:
        tiles.append((f"{totals.speed_up:.1f}×", "faster", "than the executed tests one after the other"))
    return tiles


def _failure(test: TestRecord) -> dict[str, Any]:
    return {
        "id": test.id,
        "outcome": test.outcome,
        "category": test.category,
        "place": f"{test.file}:{test.line}" if test.line else test.file,
        "message": test.attempts[-1].message if test.attempts else "",
        "text": _short(_plain(test.failure)),
        "sections": [(section.heading, _short(_plain(section.text))) for section in test.sections],
        "seconds": seconds_text(test.duration),
        "worker": test.worker,
        "again": f"pytest {shlex.quote(test.id)}",
    }


def _plain(text: str) -> str:
    """Without colour codes."""
    import re

    return re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", text)


def _short(text: str) -> str:
    if len(text) <= _TEXT_SHOWN:
        return text
    half = _TEXT_SHOWN // 2
    return f"{text[:half]}\n… {grouped(len(text) - _TEXT_SHOWN)} characters left out; results.json has them …\n{text[-half:]}"


def _reasons(tests: list[TestRecord]) -> list[tuple[str, str, str]]:
    """(outcome, reason, number of tests) for what was not executed or not to pass, most frequent first."""
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for test in tests:
        if test.cached:
            counts["cached", test.reason] += 1
        elif test.outcome in ("not_run", "skipped", "xfailed", "xpassed"):
            counts[test.outcome, test.reason or "no reason given"] += 1
    ordered = sorted(counts.items(), key=lambda entry: (entry[0][0] != "not_run", -entry[1]))
    return [(outcome.replace("_", " "), reason, grouped(number)) for (outcome, reason), number in ordered[:100]]


def _listing(tests: list[TestRecord]) -> list[dict[str, Any]]:
    """All tests by category and file, names without the file, to keep the page small."""
    listed = tests
    if len(tests) > _LISTED_TESTS:
        listed = [test for test in tests if test.outcome != "passed"][:_LISTED_TESTS]
    categories = []
    for category, group in groupby(listed, key=lambda test: test.category):
        own = list(group)
        files = []
        for file, members in groupby(sorted(own, key=lambda test: test.id.partition("::")[0]), key=_file_of):
            files.append((file, [(test.id[len(file) + 2 :] or file, test) for test in members]))
        categories.append({"name": category, "number": plural(len(own), "test"), "files": files})
    return categories


def _file_of(test: TestRecord) -> str:
    return test.id.partition("::")[0]

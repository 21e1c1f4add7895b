"""What the page shows, as plain data; the template only lays it out."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import Any

from lamina.records import FAILING, OUTCOMES, RunRecord, TestRecord
from lamina.reports.auditing import share_text, standing_text, why_text
from lamina.reports.failures import failures_of, services_of, sessions_of
from lamina.reports.timeline import timeline_of
from lamina.reports.totals import Totals, totals_of, was_executed
from lamina.reports.waits import waits_of
from lamina.reports.wording import ORDER, counts_text, grouped, moment_text, one_line, plural, seconds_text, verdict_of

__all__ = ["page_of"]

# Above this number of tests the page lists only those that say something; results.json has all.
_LISTED_TESTS = 20_000
_SLOWEST = 20
_REASONS = 100
_LEAVING = 100
_SENTENCE_SHOWN = 600
_NARROWEST_SHARE = 0.6  # percent
_SHARES = {
    "failed": "failed", "passed": "passed now", "cached": "cached", "quiet": "skipped or expected to fail", "not_run": "not run",
}  # fmt: skip
# What is marked by colour is marked by a sign as well.
SIGNS = {
    "passed": "✓", "failed": "✗", "error": "✗", "crashed": "✗", "timeout": "✗", "skipped": "—", "xfailed": "—", "xpassed": "!",
    "not_run": "○", "cached": "✓", "empty": "—",
}  # fmt: skip
_LABELS = {
    (outcome, cached): f"{SIGNS[outcome]} {outcome.replace('_', ' ')}{', cached' if cached else ''}"
    for outcome in OUTCOMES
    for cached in (False, True)
}


def page_of(run: RunRecord) -> dict[str, Any]:
    """The template's variables."""
    totals = totals_of(run)
    failures, failures_left_out = failures_of(run)
    broken, closing = sessions_of(run)
    executed = [test for test in run.tests if was_executed(test)]
    verdict = verdict_of(run.run.exit_status, run.run.interrupted)
    return {
        "run": run.run,
        "started": moment_text(run.run.started),
        "verdict": verdict,
        "sentence": _sentence(run, totals),
        "shares": _shares(run),
        "tiles": _tiles(run, totals),
        "layers": run.layers,
        "failures": failures,
        "failures_left_out": failures_left_out,
        "broken": broken,
        "services": services_of(run),
        "closing": closing,
        "timeline": timeline_of(run),
        "slowest": [
            {"id": one_line(test.id), "outcome": test.outcome, "seconds": seconds_text(test.duration)}
            for test in sorted(executed, key=lambda test: -test.duration)[:_SLOWEST]
        ],
        "reasons": _reasons(run.tests),
        "audit": _audit(run),
        "notes": [_text(note) for note in run.notes],
        "waits": waits_of(run.tests),
        "left_behind": _left_behind(run.tests),
        "tests": _listing(run.tests),
        "listed_all": len(run.tests) <= _LISTED_TESTS,
        "number": plural(len(run.tests), "test"),
        "signs": SIGNS,
        "seconds_text": seconds_text,
        "sentence_of": _text,
        "one_line": one_line,
        "counts_of": _counts,
    }


def _audit(run: RunRecord) -> dict[str, Any] | None:
    """The bound for the share of wrong results, and faults: (test, category, what it would have been and is, why, when)."""
    if run.audit is None:
        return None
    now, earlier = (
        [
            (
                one_line(fault.test), fault.category,
                f"would have been served as {fault.served}, is {fault.executed} when executed" if fault.executed else "",
                _text(why_text(fault)) if fault.executed else "", moment_text(fault.at),
            )
            for fault in faults
        ]
        for faults in (run.audit.faults, run.audit.earlier_faults)
    )  # fmt: skip
    return {
        "sentence": f"{standing_text(run.audit)}.",
        "faults": now,
        "earlier": earlier[::-1],
    }


def _text(text: str) -> str:
    """A sentence fit for a line of the page, times in it as people read them."""
    return moment_text(one_line(text, _SENTENCE_SHOWN))


def _failing(totals: Totals) -> int:
    return sum(totals.counts.get(outcome, 0) for outcome in FAILING)


def _sentence(run: RunRecord, totals: Totals) -> str:
    """The verdict in a sentence."""
    tests = plural(len(run.tests), "test")
    wall = seconds_text(totals.wall_seconds)
    if run.run.interrupted:
        return f"{plural(totals.not_run, 'test')} of {grouped(len(run.tests))} not run; stopped after {wall}."
    if failing := _failing(totals):
        return f"{grouped(failing)} of {tests} failed, in {wall}."
    if run.run.exit_status:
        return f"Something went wrong beside the tests; see below. {tests}, {wall}."
    if run.tests and totals.cached == len(run.tests):
        return f"Nothing changed: {tests} served from cache in {wall}, none executed."
    return f"{tests} in {wall}."


def _shares(run: RunRecord) -> list[tuple[str, float, float, str]]:
    """(class, left edge, width, text) of the pieces of a bar from 0 to 100: failed, executed, cached, quiet, not run."""
    numbers = Counter(_share_of(test) for test in run.tests)
    pieces = [(kind, numbers[kind], text) for kind, text in _SHARES.items() if numbers[kind]]
    # One failure among ten thousand is still to be seen.
    widths = [max(_NARROWEST_SHARE, 100 * number / len(run.tests)) for _, number, _ in pieces]
    shares, left = [], 0.0
    for (kind, number, text), width in zip(pieces, widths, strict=True):
        share = 100 * width / sum(widths)
        shares.append((kind, round(left, 3), round(share, 3), f"{grouped(number)} {text}"))
        left += share
    return shares


def _share_of(test: TestRecord) -> str:
    if test.outcome in FAILING:
        return "failed"
    if test.cached:
        return "cached"
    return test.outcome if test.outcome in _SHARES else "quiet"


def _tiles(run: RunRecord, totals: Totals) -> list[tuple[str, str, str, str]]:
    """(label, figure, explanation, class) of each tile."""
    failing = _failing(totals)
    slots = f"{plural(run.run.slots, 'worker')} at most" if run.run.slots else ""
    tiles = [
        (
            "failed",
            grouped(failing),
            _counted(totals, "failed", "error", "crashed", "timeout"),
            "bad" if failing else "",
        ),
        ("executed", grouped(totals.executed), f"{seconds_text(totals.executed_seconds)} of tests", ""),
        (
            "cached",
            grouped(totals.cached),
            f"{seconds_text(totals.cached_seconds)} of tests saved" if totals.cached else "",
            "",
        ),
        ("wall time", seconds_text(totals.wall_seconds), slots, ""),
    ]
    if totals.not_run:
        tiles.insert(3, ("not run", grouped(totals.not_run), "reasons below", "warn"))
    if run.audit:
        faulty = bool(run.audit.faults)
        figure = plural(len(run.audit.faults), "fault") if faulty else f"< {share_text(run.audit.bound)}"
        tiles.append(
            ("cache wrong", figure, f"95 %, audited {grouped(run.audit.compared_ever)}", "bad" if faulty else "")
        )
    if totals.speed_up >= 1.05:
        one_by_one = f"than {seconds_text(totals.executed_seconds)} one by one"
        tiles.append(("faster", f"{totals.speed_up:.1f}x", one_by_one, ""))
    return tiles


def _counted(totals: Totals, *outcomes: str) -> str:
    counts = {outcome: totals.counts.get(outcome, 0) for outcome in outcomes}
    kinds = sum(1 for number in counts.values() if number)
    return counts_text(counts) if kinds > 1 else f"of {plural(sum(totals.counts.values()), 'test')}"


def _counts(counts: dict[str, int]) -> list[tuple[str, str]]:
    """(class, text) of each outcome that occurs: ("failed", "2 failed")."""
    return [(outcome, counts_text({outcome: counts[outcome]})) for outcome in ORDER if counts.get(outcome)]


def _reasons(tests: list[TestRecord]) -> list[tuple[str, str, str]]:
    """(number of tests, outcome, reason) for what was not executed or not to pass, what was not run first."""
    counts: Counter[tuple[str, str]] = Counter()
    for test in tests:
        if test.cached:
            counts["cached", test.reason.removeprefix("cached: ")] += 1
        elif test.outcome in ("not_run", "skipped", "xfailed", "xpassed"):
            counts[test.outcome, test.reason or "no reason given"] += 1
    ordered = sorted(counts.items(), key=lambda entry: (entry[0][0] != "not_run", -entry[1]))
    shown = [(grouped(number), outcome, _text(reason)) for (outcome, reason), number in ordered[:_REASONS]]
    if len(ordered) > _REASONS:
        rest = sum(number for _, number in ordered[_REASONS:])
        shown.append((grouped(rest), "skipped", f"{grouped(len(ordered) - _REASONS)} further reasons, in results.json"))
    return shown


def _left_behind(tests: list[TestRecord]) -> list[tuple[str, str]]:
    """(test, what it left) of the first tests that left something in their process."""
    leaving = [test for test in tests if test.left_behind]
    shown = [(one_line(test.id), _text("; ".join(test.left_behind))) for test in leaving[:_LEAVING]]
    if len(leaving) > _LEAVING:
        shown.append((f"{grouped(len(leaving) - _LEAVING)} further tests", "in results.json"))
    return shown


def _listing(tests: list[TestRecord]) -> list[dict[str, Any]]:
    """All tests by category and file, names without the file, to keep the page small."""
    listed = tests
    if len(tests) > _LISTED_TESTS:
        listed = [test for test in tests if test.outcome != "passed"][:_LISTED_TESTS]
    own: dict[str, list[TestRecord]] = {}
    for test in listed:
        own.setdefault(test.category, []).append(test)
    return [
        {"name": name, "number": plural(len(members), "test"), "files": _by_file(members)}
        for name, members in own.items()
    ]


def _by_file(tests: list[TestRecord]) -> list[tuple[str, list[tuple[str, str, str, str]]]]:
    """(file, [(outcome, its words, name, seconds), …]) of each file."""
    groups = groupby(sorted(tests, key=_file_of), key=_file_of)
    return [(one_line(file), [_row(test, len(file) + 2) for test in members]) for file, members in groups]


def _row(test: TestRecord, begin: int) -> tuple[str, str, str, str]:
    name = one_line(test.id[begin:] or test.id)
    return test.outcome, _LABELS[test.outcome, test.cached], name, f"{test.duration:.3f}"


def _file_of(test: TestRecord) -> str:
    return test.id.partition("::")[0]

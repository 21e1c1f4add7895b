"""Carries test reports from a worker to its session, and makes rows of results of them.

Nearly all reports say nothing but "passed" and three times. Those travel as a few numbers and are rebuilt from the
session's own item; anything else travels in pytest's own serialised form, as under pytest-xdist.
"""

from __future__ import annotations

import pickle
import re
from collections.abc import Mapping
from typing import Any, cast

import pytest
from _pytest.reports import BaseReport, CollectReport, TestReport

from lamina.workers.protocol import ResultRow

__all__ = [
    "Location", "Packed", "collect_row", "is_one_attempt", "is_quiet_pass", "outcome_of", "pack", "quiet_row", "row_of", "unpack",
]  # fmt: skip

_PLAIN_KEYS: frozenset[str] = frozenset(
    {
        "_id", "nodeid", "location", "keywords", "outcome", "longrepr", "user_properties", "sections", "when", "duration",
        "start", "stop",
    }
)  # fmt: skip

_COLOUR = re.compile(r"\x1b\[[\d;]*m")

Packed = tuple[str, float, float, float] | dict[str, Any]
# File relative to the root, line counted from 0, and the test's dotted name; dear to compute, so it is done in the worker.
Location = tuple[str, int | None, str]


def pack(report: BaseReport, item: pytest.Item) -> Packed:
    """The report in its shortest form: (when, duration, start, stop) if it only says that a phase passed."""
    if (
        type(report) is TestReport
        and report.outcome == "passed"
        and not report.sections
        and not report.user_properties
        and report.longrepr is None
        and report.nodeid == item.nodeid
        and report.__dict__.keys() <= _PLAIN_KEYS
    ):
        return (report.when or "call", report.duration, report.start, report.stop)
    data = item.config.hook.pytest_report_to_serializable(config=item.config, report=report)
    return _picklable(data)


def _picklable(data: dict[str, Any]) -> dict[str, Any]:
    """`data`, with what can't travel (a plugin's own objects) replaced by its text."""
    try:
        pickle.dumps(data)
    except Exception:
        return {key: _picklable_value(value) for key, value in data.items()}
    return data


def _picklable_value(value: Any) -> Any:
    try:
        pickle.dumps(value)
    except Exception:
        return repr(value)
    return value


def unpack(packed: Packed, item: pytest.Item, location: Location, keywords: Mapping[str, int]) -> BaseReport:
    """The report again, on the session's side; `keywords` are the item's, shared by its reports."""
    if isinstance(packed, tuple):
        when, duration, start, stop = packed
        nodeid: Any = getattr(item, "id", item.nodeid)  # pytest 9.2 has an object for it, dear to make of text
        return TestReport(
            nodeid, location, keywords, "passed", None, when, (), duration, start, stop  # type: ignore[arg-type]
        )  # fmt: skip
    report = item.config.hook.pytest_report_from_serializable(config=item.config, data=packed)
    if report is None:
        raise ValueError(f"no plugin knows the report {packed.get('$report_type')!r}")
    return report  # type: ignore[no-any-return]


def outcome_of(reports: list[BaseReport]) -> str:
    """The outcome of a test from its reports, the worst one first.

    A test whose call passed and whose teardown failed is an `error` (pytest counts it as passed and as an error).
    """
    outcome = "passed"
    part_failed = False
    for report in reports:
        if type(report) is not TestReport:
            # A subtest's; pytest lets a unittest with failed ones pass, next to their failures.
            part_failed = part_failed or report.failed
        elif report.failed:
            return "failed" if report.when == "call" else ("error" if outcome == "passed" else outcome)
        elif report.skipped:
            outcome = "xfailed" if hasattr(report, "wasxfail") else "skipped"
        elif report.when == "call" and hasattr(report, "wasxfail"):
            outcome = "xpassed"
    return "failed" if part_failed and outcome == "passed" else outcome


def is_quiet_pass(reports: list[Packed]) -> bool:
    """Whether the reports say no more than that setup, call and teardown passed."""
    return (
        len(reports) == 3
        and type(reports[0]) is type(reports[1]) is type(reports[2]) is tuple
        and (reports[0][0], reports[1][0], reports[2][0]) == ("setup", "call", "teardown")
    )


def is_one_attempt(reports: list[Packed]) -> bool:
    """Whether the test ran once: it has no more reports of its own than one a phase. Its subtests have theirs besides."""
    own = [one for one in reports if isinstance(one, tuple) or one.get("$report_type") == TestReport.__name__]
    return len(own) <= 3


def quiet_row(nodeid: str, location: Location, reports: list[Packed], worker: str, memory: int) -> ResultRow:
    """The row of a quiet pass."""
    set_up, call, tear_down = cast("list[tuple[str, float, float, float]]", reports)
    return ResultRow(
        id=nodeid, outcome="passed", phases=(set_up[1], call[1], tear_down[1]), started=set_up[2], worker=worker, memory=memory,
        file=location[0], line=0 if location[1] is None else location[1] + 1, message="", failure="", sections=[], reason="",
    )  # fmt: skip


def row_of(nodeid: str, location: Location, reports: list[BaseReport], worker: str, memory: int) -> ResultRow:
    """The row that the engine gets for a finished test."""
    phases = {"setup": 0.0, "call": 0.0, "teardown": 0.0}
    sections: dict[str, str] = {}
    failures: list[str] = []
    message = reason = ""
    started = 0.0
    for report in reports:
        when = getattr(report, "when", None)
        if type(report) is TestReport and when in phases:
            phases[when] += report.duration
            started = started or report.start
        if report.failed:
            failures.append(_text_of(report))
            message = message or _message_of(report)
        elif report.skipped:
            reason = _skip_reason(report)
        if report.failed or report.sections:
            sections.update(report.sections)
    file, line, _ = location
    return ResultRow(
        id=nodeid,
        outcome=outcome_of(reports),
        phases=(phases["setup"], phases["call"], phases["teardown"]),
        started=started,
        worker=worker,
        memory=memory,
        file=file,
        line=0 if line is None else line + 1,
        message=message,
        failure="\n".join(failures),
        sections=list(sections.items()) if failures or sections else [],
        reason=reason,
    )


def collect_row(report: CollectReport, file: str) -> ResultRow:
    """The row for a file that can't be collected (an error) or skips itself as a whole, under the file's own id."""
    skipped = report.outcome == "skipped"
    return ResultRow(
        id=report.nodeid or file, outcome="skipped" if skipped else "error", phases=(0.0, 0.0, 0.0), started=0.0, worker="",
        memory=0, file=file, line=0, message="" if skipped else _message_of(report),
        failure="" if skipped else _text_of(report), sections=[] if skipped else list(report.sections),
        reason=_skip_reason(report) if skipped else "it can't be collected",
    )  # fmt: skip


def _message_of(report: BaseReport) -> str:
    """The failure in one line: what the exception said, else what pytest marks as the error, else the last line of the text."""
    crash = getattr(report.longrepr, "reprcrash", None)
    if crash is not None:
        return _first_line(crash.message)
    lines = _text_of(report).strip().splitlines() or [""]
    # Of a file that can't be imported, or a fixture that does not exist, there is only text.
    marked = [line.removeprefix("E ") for line in lines if line.startswith("E ")]
    return _first_line((marked or lines)[-1])


def _text_of(report: BaseReport) -> str:
    """pytest's text of the failure. What has travelled as a text (a missing fixture's, a plugin's own) has kept its colours."""
    return _COLOUR.sub("", report.longreprtext)


def _first_line(text: object) -> str:
    return str(text).strip().partition("\n")[0][:500]


def _skip_reason(report: BaseReport) -> str:
    expected = getattr(report, "wasxfail", None)
    if expected is not None:
        return str(expected).removeprefix("reason: ")
    if isinstance(report.longrepr, tuple):
        return str(report.longrepr[2]).removeprefix("Skipped: ")
    return report.longreprtext

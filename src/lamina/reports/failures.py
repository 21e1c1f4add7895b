"""What the page shows of failures and of pytest's own closing texts, cut so that a bad day still gives a readable page."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from lamina.records import FAILING, CategoryRecord, RunRecord, TestRecord
from lamina.reports.characters import shortened, uncoloured, visible
from lamina.reports.wording import one_line, rerun_command, seconds_text

__all__ = ["failures_of", "marked", "services_of", "sessions_of"]

# A failing suite may fail thousands of times with pages of output each. What is left out is in results.json.
_SHOWN = 300
_TEXT_SHOWN = 20_000
_ALL_TEXT_SHOWN = 1_500_000
_ID_SHOWN = 300
# Parts of pytest's closing text that repeat what the page shows anyway.
_REPEATED = re.compile(r"^(FAILURES|ERRORS|short test summary info|slowest .*durations)$")
_HEADING = re.compile(r"^=+ (.+?) =+$")


def failures_of(run: RunRecord) -> tuple[list[dict[str, Any]], int]:
    """The failures shown, each as the template wants it, and how many are left out."""
    failing = [test for test in run.tests if test.outcome in FAILING]
    left = _ALL_TEXT_SHOWN
    shown = []
    for test in failing[:_SHOWN]:
        entry = _failure(test, max(400, min(_TEXT_SHOWN, left)))
        left -= sum(len(text) for _, text in entry["text"]) + sum(len(text) for _, text in entry["sections"])
        shown.append(entry)
    return shown, len(failing) - len(shown)


def _failure(test: TestRecord, most: int) -> dict[str, Any]:
    return {
        "id": one_line(test.id, _ID_SHOWN),
        "outcome": test.outcome,
        "category": test.category,
        "place": one_line(f"{test.file}:{test.line}" if test.line else test.file, _ID_SHOWN),
        "message": one_line(test.attempts[-1].message, _ID_SHOWN) if test.attempts else "",
        "text": marked(_block(test.failure, most)),
        "sections": [(one_line(section.heading), _block(section.text, most)) for section in test.sections],
        "seconds": seconds_text(test.duration),
        "worker": test.worker,
        "again": one_line(rerun_command(test), 1_100),
    }


def sessions_of(run: RunRecord) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """(category, reason, text) of categories that went wrong without a test being at fault, and (category, text) of what else
    pytest and its plugins printed at the end: warnings, coverage and the like."""
    failing = {test.category for test in run.tests if test.outcome in FAILING}
    broken, closing = [], []
    for layer in run.layers:
        for category in layer.categories:
            if category.outcome in ("failed", "error") and category.name not in failing:
                broken.append((category.name, one_line(category.reason, _ID_SHOWN), _whole_text(category)))
            elif text := _news(_block(category.summary)):
                closing.append((category.name, text))
    return broken, closing


def services_of(run: RunRecord) -> list[dict[str, str]]:
    """Each service's name, what became of it in words, and the end of its log where it went wrong."""
    shown = []
    for service in run.services:
        ports = ", ".join(
            str(number) if name == "port" else f"{name} {number}" for name, number in service.ports.items()
        )
        parts = [service.state, service.reason, f"port {ports}" if ports else ""]
        if service.ready_seconds:
            parts.append(f"ready after {seconds_text(service.ready_seconds)}")
        text = one_line(", ".join(part for part in parts if part), _ID_SHOWN)
        shown.append({"name": service.name, "text": text, "log": _block(service.log)})
    return shown


def _whole_text(category: CategoryRecord) -> str:
    return _block(category.summary or "\n".join(category.collect_errors))


def _news(summary: str) -> str:
    """A closing text without the parts that the page shows elsewhere."""
    kept, keep = [], True
    for line in summary.splitlines():
        heading = _HEADING.match(line)
        if heading:
            keep = not _REPEATED.match(heading[1])
        if keep:
            kept.append(line)
    return "\n".join(kept).strip()


def marked(text: str) -> list[tuple[str, str]]:
    """pytest's representation in pieces of (kind, text): "error" for lines that begin with E, "here" for the failing line
    (>), "" for the rest. The pieces put together are the text."""

    def kind(line: str) -> str:
        if line.startswith("E "):
            return "error"
        return "here" if line.startswith("> ") else ""

    return [(name, "".join(lines)) for name, lines in groupby(text.splitlines(keepends=True), key=kind)]


def _block(text: str, most: int = _TEXT_SHOWN) -> str:
    return visible(shortened(uncoloured(text), most), block=True)

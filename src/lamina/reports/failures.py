"""What the page shows of failures and of pytest's own closing texts, cut so that a bad day still gives a readable page."""

from __future__ import annotations

import re
from itertools import groupby
from typing import Any

from lamina.records import FAILING, CategoryRecord, RunRecord, TestRecord
from lamina.reports.wording import grouped, rerun_command, seconds_text, without_colors

__all__ = ["failures_of", "marked", "shortened", "sessions_of"]

# A failing suite may fail thousands of times with pages of output each. What is left out is in results.json.
_SHOWN = 300
_TEXT_SHOWN = 20_000
_ALL_TEXT_SHOWN = 1_500_000
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
        "id": shortened(test.id, 500),
        "outcome": test.outcome,
        "category": test.category,
        "place": f"{test.file}:{test.line}" if test.line else test.file,
        "message": test.attempts[-1].message if test.attempts else "",
        "text": marked(shortened(without_colors(test.failure), most)),
        "sections": [(section.heading, shortened(without_colors(section.text), most)) for section in test.sections],
        "seconds": seconds_text(test.duration),
        "worker": test.worker,
        "again": rerun_command(test.id if len(test.id) <= 2000 else test.file),
    }


def sessions_of(run: RunRecord) -> tuple[list[tuple[str, str, str]], list[tuple[str, str]]]:
    """(category, reason, text) of categories that went wrong without a test being at fault, and (category, text) of what else
    pytest and its plugins printed at the end: warnings, coverage and the like."""
    failing = {test.category for test in run.tests if test.outcome in FAILING}
    broken, closing = [], []
    for layer in run.layers:
        for category in layer.categories:
            if category.outcome in ("failed", "error") and category.name not in failing:
                broken.append((category.name, category.reason, _whole_text(category)))
            elif text := _news(without_colors(category.summary)):
                closing.append((category.name, shortened(text, _TEXT_SHOWN)))
    return broken, closing


def _whole_text(category: CategoryRecord) -> str:
    return shortened(without_colors(category.summary or "\n".join(category.collect_errors)), _TEXT_SHOWN)


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


def shortened(text: str, most: int) -> str:
    """`text` with its middle left out where it is longer than `most` characters."""
    if len(text) <= most:
        return text
    half = most // 2
    between = "\n" if most > 1000 else " "
    left_out = f"… {grouped(len(text) - 2 * half)} characters left out …"
    return f"{text[:half]}{between}{left_out}{between}{text[-half:]}"

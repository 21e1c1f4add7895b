"""What is told of a background run: the block of `doit status`, and the line that a later run says of one that has ended."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

from lamina.cli.background import Background
from lamina.reports.closing_lines import paint
from lamina.reports.wording import counts_text, moment_text, seconds_text, verdict_of

__all__ = ["ended_line", "status_lines"]


def status_lines(found: Background, color: bool) -> list[str]:
    """All that is known of the run."""
    from lamina.reports.progress_text import category_lines, failure_lines, left_text, running_lines

    facts = found.facts
    if found.state == "running" and (not facts or facts.get("ended")):
        return ["a background run has only just begun"]
    progress = facts.get("progress") or {}
    if found.state == "running":
        since = f"since {moment_text(facts['started_at'])} ({seconds_text(time.time() - facts['started'])})"
        parts = [f"background run of {_names(facts)}: process {facts['pid']}, {since}", left_text(progress)]
        lines = [", ".join(part for part in parts if part)]
    else:
        lines = [ended_line(found, color)]
    lines += category_lines(progress, color)
    lines += failure_lines(progress, color)
    if found.state == "running":
        lines += running_lines(progress, color)
    return [*lines, paint(f"log: {facts['log']}", "dim", color)]


def ended_line(found: Background, color: bool = False) -> str:
    """How the run ended, in one line."""
    facts = found.facts
    what = f"background run of {_names(facts)}"
    if found.state == "killed":
        return f"{what} (process {facts.get('pid')}) was killed before it could end; log: {facts.get('log')}"
    verdict = verdict_of(facts["exit_status"], facts.get("interrupted", False))
    counts = Counter[str]()
    for category in (facts.get("progress") or {}).get("categories", ()):
        counts.update(category["counts"])
    parts = [
        f"{what} ended {seconds_text(time.time() - facts['ended'])} ago: {paint(verdict, verdict, color)}"
        + (f"  {counts_text(counts)}" if counts else ""),
        f"took {seconds_text(facts['ended'] - facts['started'])}",
        facts.get("report", ""),
    ]
    return " · ".join(part for part in parts if part)


def _names(facts: dict[str, Any]) -> str:
    return ", ".join(facts.get("names", ())) or "?"

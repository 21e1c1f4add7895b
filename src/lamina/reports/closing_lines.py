"""The last lines of a run on the terminal: the verdict first, then what it rests on. Imports nothing heavy."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from lamina.reports.wording import counts_text, grouped, plural, seconds_text

__all__ = ["all_cached_lines", "empty_line", "last_line", "paint", "report_path"]

_CODES = {
    "PASSED": "1;32",
    "FAILED": "1;31",
    "ERROR": "1;31",
    "INTERRUPTED": "1;33",
    "dim": "2",
    "bold": "1",
    "red": "31",
}


def paint(text: str, style: str, color: bool) -> str:
    """`text` in a style, when colours are wanted."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if color else text


def report_path(reports_dir: Path) -> str:
    """The page's path as one would type it here; absolute where it lies outside."""
    page = reports_dir / "latest" / "index.html"
    relative = os.path.relpath(page)
    return str(page) if relative.startswith("..") else relative


def last_line(
    verdict: str,
    counts: Mapping[str, int],
    executed: int,
    cached: int,
    wall_seconds: float,
    executed_seconds: float,
    cached_seconds: float,
    report: str,
    color: bool,
) -> str:
    """ "PASSED  412 passed · executed 12, cached 400 · 1.4 s, 2.9x faster … · reports/latest/index.html"."""
    parts = [
        f"{paint(verdict, verdict, color)}  {counts_text(counts)}",
        f"executed {grouped(executed)}, cached {grouped(cached)}",
        _time(wall_seconds, executed, executed_seconds, cached, cached_seconds),
        report,
    ]
    return " · ".join(part for part in parts if part)


def empty_line(categories: Sequence[str], color: bool) -> list[str]:
    """One line for all categories without a test; none when there are none."""
    return [paint(f"empty, no test matches: {', '.join(categories)}", "dim", color)] if categories else []


def _time(wall: float, executed: int, executed_seconds: float, cached: int, cached_seconds: float) -> str:
    text = seconds_text(wall)
    if executed and wall and executed_seconds / wall >= 1.05:
        text += f", {executed_seconds / wall:.1f}x faster than the tests' own {seconds_text(executed_seconds)}"
    elif executed:
        text += f" for {seconds_text(executed_seconds)} of tests"
    if cached:
        text += f", {seconds_text(cached_seconds)} of tests saved"
    return text


def all_cached_lines(facts: Mapping[str, Any], wall_seconds: float, reports_dir: Path, color: bool) -> list[str]:
    """What a run in which nothing changed prints, from the few facts that are stored with its reports:
    `layers` ([name, [[category, tests, outcome], …]]), `counts`, `cached`, `cached_seconds`."""
    lines, empty = [], []
    for layer, categories in facts["layers"]:
        empty += [name for name, _, outcome in categories if outcome == "empty"]
        cached = [(name, tests) for name, tests, outcome in categories if outcome != "empty"]
        if cached:
            lines.append(paint(layer, "bold", color))
        width = max((len(name) for name, _ in cached), default=0)
        for name, tests in cached:
            text = f"up to date   {plural(tests, 'test')} cached"
            lines.append(f"  {name:<{width}}   {paint(text, 'dim', color)}")
    lines += empty_line(empty, color)
    report = report_path(reports_dir)
    saved = facts["cached_seconds"]
    lines.append(last_line("PASSED", facts["counts"], 0, facts["cached"], wall_seconds, 0.0, saved, report, color))
    return lines

"""The last lines of a run on the terminal: the verdict first, then what it rests on. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping

from lamina.reports.wording import counts_text, grouped, seconds_text

__all__ = ["last_line", "paint"]

_CODES = {"PASSED": "1;32", "FAILED": "1;31", "ERROR": "1;31", "INTERRUPTED": "1;33", "dim": "2", "bold": "1", "red": "31"}


def paint(text: str, style: str, color: bool) -> str:
    """`text` in a style, when colours are wanted."""
    return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if color else text


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
    """ "PASSED  412 passed · executed 12, cached 400 · 1.4 s, 2.9x ... · reports/latest/index.html"."""
    parts = [
        f"{paint(verdict, verdict, color)}  {counts_text(counts)}",
        f"executed {grouped(executed)}, cached {grouped(cached)}",
        _time(wall_seconds, executed, executed_seconds, cached, cached_seconds),
        report,
    ]
    return " · ".join(parts)


def _time(wall: float, executed: int, executed_seconds: float, cached: int, cached_seconds: float) -> str:
    text = seconds_text(wall)
    if executed and wall and executed_seconds / wall >= 1.05:
        text += f", {executed_seconds / wall:.1f}x faster than its {seconds_text(executed_seconds)} of tests one by one"
    elif executed:
        text += f" for {seconds_text(executed_seconds)} of tests"
    if cached:
        text += f", {seconds_text(cached_seconds)} of tests saved"
    return text

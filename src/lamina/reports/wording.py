"""How numbers, times and verdicts are put in words, the same in terminal and page. Imports nothing heavy."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from lamina.reports.characters import uncoloured, visible

if TYPE_CHECKING:
    from lamina.records import TestRecord

__all__ = [
    "ORDER", "counts_text", "grouped", "moment_text", "one_line", "plural", "rerun_command", "seconds_text", "verdict_of",
]  # fmt: skip

# The order in which outcomes are listed: what needs attention first.
ORDER = ("failed", "error", "crashed", "timeout", "passed", "xpassed", "skipped", "xfailed", "not_run")
_STAMP = re.compile(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:\.\d+)?Z")
_WORDS = {"not_run": "not run", "timeout": "timed out"}


def seconds_text(seconds: float) -> str:
    """0.004 -> "4 ms", 3.14 -> "3.1 s", 125 -> "2 min 05 s", 7322 -> "2 h 02 min"."""
    if seconds < 0.9995:
        return f"{seconds * 1000:.0f} ms"
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def moment_text(stamp: str) -> str:
    """ "2026-03-14T09:26:53.000Z" -> "2026-03-14 09:26:53 UTC", also within a sentence."""
    return _STAMP.sub(r"\1 \2 UTC", stamp)


def grouped(number: int) -> str:
    """1204 -> "1,204"."""
    return f"{number:,}"


def plural(number: int, noun: str) -> str:
    """ "1 test", "2 tests"."""
    return f"{grouped(number)} {noun}{'' if number == 1 else 's'}"


def counts_text(counts: Mapping[str, int]) -> str:
    """ "2 failed, 1,204 passed, 3 skipped"; "no tests" when there are none."""
    parts = [_count_text(counts[outcome], outcome) for outcome in ORDER if counts.get(outcome)]
    return ", ".join(parts) or "no tests"


def _count_text(number: int, outcome: str) -> str:
    return plural(number, "error") if outcome == "error" else f"{grouped(number)} {_WORDS.get(outcome, outcome)}"


def verdict_of(exit_status: int, interrupted: bool) -> str:
    """The run in one word."""
    if interrupted:
        return "INTERRUPTED"
    return {0: "PASSED", 1: "FAILED"}.get(exit_status, "ERROR")


def one_line(text: str, most: int = 300) -> str:
    """The first line of `text` fit for a terminal: no longer than `most`, control characters shown and not sent."""
    first = visible(uncoloured(text).strip().partition("\n")[0])
    return first if len(first) <= most else f"{first[: most - 1]}…"


def rerun_command(test: TestRecord) -> str:
    """The command that runs a test again; it needs nothing but pytest. An id that no shell line holds gives way to its file."""
    import shlex

    fits = len(test.id) <= 1000 and test.id.isprintable()
    return f"pytest {shlex.quote(test.id if fits else test.file)}"

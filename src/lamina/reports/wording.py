"""How numbers, times and verdicts are put in words, the same in terminal and page. Imports nothing heavy."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["counts_text", "grouped", "moment_text", "one_line", "plural", "rerun_command", "seconds_text", "verdict_of", "without_colors"]

# The order in which outcomes are listed: what needs attention first.
ORDER = ("failed", "error", "crashed", "timeout", "passed", "xpassed", "skipped", "xfailed", "not_run")
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
    """ "2026-03-14T09:26:53.000Z" -> "2026-03-14 09:26:53 UTC"."""
    if stamp[10:11] != "T" or not stamp.endswith("Z"):
        return stamp
    return f"{stamp[:10]} {stamp[11:19]} UTC"


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
    """`text` fit for a line on a terminal: the first line, no longer than `most`, without control characters."""
    first = text.strip().partition("\n")[0]
    shown = "".join(character if character.isprintable() else "·" for character in first[: most + 1])
    return shown if len(first) <= most else f"{shown[: most - 1]}…"


def without_colors(text: str) -> str:
    """`text` without terminal codes."""
    if "\x1b" not in text:
        return text
    import re

    return re.sub(r"\x1b(?:\[[0-9;?]*[A-Za-z]|\][^\x07\x1b]*(?:\x07|\x1b\\))", "", text)


def rerun_command(test_id: str) -> str:
    """The command that runs one test again; it needs nothing but pytest."""
    import shlex

    return f"pytest {shlex.quote(test_id)}"

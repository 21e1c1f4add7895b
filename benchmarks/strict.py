"""What strict isolation costs a test: the same suite with a process for each test and without, on one worker.

One worker, so that the difference is what the tests cost more, and nothing of it is hidden by another one's waiting. It is one of
processor time, that of all processes together.
"""

from __future__ import annotations

from pathlib import Path
from statistics import median

from measuring import Command, Row, forget, in_turn, lamina
from projects import real, trivial

_TARGET = 0.005


def rows(folder: Path, repeats: int) -> list[Row]:
    """2,000 trivial tests, and networkx's suite."""
    return [
        _row("a trivial test", trivial(folder / "trivial", 40, 50), 2_000, repeats),
        _row("a test of networkx", real("networkx", "3.6.1", folder), 9_600, repeats),
    ]


def _row(what: str, project: Path, tests: int, repeats: int) -> Row:
    usual = Command("lamina -n 1 unit", lamina("-n", "1", "unit"), project, before=forget(project))
    strict = Command(
        "lamina -n 1 strict_isolation=true unit", lamina("-n", "1", "strict_isolation=true", "unit"), project,
        before=forget(project),
    )  # fmt: skip
    in_turn([usual, strict], repeats)
    cost = (median(strict.cpu) - median(usual.cpu)) / tests
    return Row(
        f"strict isolation, more for {what} (processor time)", f"{cost * 1000:.2f} ms", "≤ 5 ms", cost <= _TARGET
    )

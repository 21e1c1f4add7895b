from __future__ import annotations

import pytest

from lamina.reports.wording import counts_text, grouped, plural, seconds_text, verdict_of


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0 ms"), (0.004, "4 ms"), (0.9994, "999 ms"), (0.9996, "1.0 s"), (3.14, "3.1 s"), (59.94, "59.9 s"),
        (59.96, "1 min 00 s"), (125, "2 min 05 s"), (3599.6, "1 h 00 min"), (7322, "2 h 02 min"), (360_000, "100 h 00 min"),
    ],
)  # fmt: skip
def test_seconds(seconds: float, text: str) -> None:
    assert seconds_text(seconds) == text


def test_numbers() -> None:
    assert grouped(1204) == "1,204"
    assert [plural(number, "test") for number in (0, 1, 2, 1204)] == ["0 tests", "1 test", "2 tests", "1,204 tests"]


@pytest.mark.parametrize(
    ("counts", "text"),
    [
        ({}, "no tests"),
        ({"passed": 0}, "no tests"),
        ({"error": 1}, "1 error"),
        ({"error": 2}, "2 errors"),
        ({"passed": 1204, "failed": 2, "skipped": 3}, "2 failed, 1,204 passed, 3 skipped"),
        ({"timeout": 1, "crashed": 1, "not_run": 4, "xpassed": 1, "xfailed": 2},
         "1 crashed, 1 timed out, 1 xpassed, 2 xfailed, 4 not run"),
    ],
)  # fmt: skip
def test_counts_name_what_needs_attention_first(counts: dict[str, int], text: str) -> None:
    assert counts_text(counts) == text


@pytest.mark.parametrize(
    ("status", "interrupted", "verdict"),
    [(0, False, "PASSED"), (1, False, "FAILED"), (2, False, "ERROR"), (130, True, "INTERRUPTED")],
)
def test_verdict(status: int, interrupted: bool, verdict: str) -> None:
    assert verdict_of(status, interrupted) == verdict

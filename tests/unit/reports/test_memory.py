"""A run of very many tests is written without holding what is written; the bounds are what was measured, and a half more."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from sample_runs import large_run

from lamina.records import RunRecord
from lamina.reports import stored, write_reports

TESTS = 30_000


def peak_of(action: Callable[[], object]) -> int:
    """The most bytes that Python held during `action` beyond those before."""
    tracemalloc.start()
    action()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak


@pytest.fixture(scope="module")
def large() -> RunRecord:
    return large_run(TESTS, failing=500)


def test_reports(large: RunRecord, tmp_path: Path) -> None:
    write_reports(large_run(10), tmp_path / "small")  # imports, compiles the template
    peak = peak_of(lambda: write_reports(large, tmp_path))
    written = (tmp_path / "latest" / "results.json").stat().st_size
    assert written > 14_000_000
    assert peak < 5_700_000


def test_reports_kept_for_the_next_run(large: RunRecord, tmp_path: Path) -> None:
    stored.keep(large_run(10), tmp_path, "small")
    peak = peak_of(lambda: stored.keep(large, tmp_path, "key"))
    assert (tmp_path / "stored" / "key" / "results.json").stat().st_size > 14_000_000
    assert peak < 13_000_000

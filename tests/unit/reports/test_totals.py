from __future__ import annotations

import pytest
from sample_runs import make_run, make_test

from lamina.reports.totals import totals_of


def test_each_test_is_executed_cached_or_not_run() -> None:
    run = make_run(
        [
            make_test("test_a", duration=2.0),
            make_test("test_b", "failed", duration=1.0),
            make_test("test_c", cached=True, duration=7.0),
            make_test("test_d", "not_run"),
        ],
        duration=1.5,
    )
    totals = totals_of(run)
    assert (totals.executed, totals.cached, totals.not_run) == (2, 1, 1)
    assert (totals.executed_seconds, totals.cached_seconds) == (3.0, 7.0)
    assert totals.speed_up == pytest.approx(2.0)
    assert totals.counts == {"passed": 2, "failed": 1, "not_run": 1}


def test_a_file_that_can_not_be_collected_was_not_executed() -> None:
    totals = totals_of(make_run([make_test("tests/a.py::", "error", started="", worker="", duration=0.0)]))
    assert (totals.executed, totals.counts) == (0, {"error": 1})


def test_nothing_executed_is_no_speed_up() -> None:
    assert totals_of(make_run([make_test("test_a", cached=True)])).speed_up == 0

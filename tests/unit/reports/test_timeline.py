from __future__ import annotations

import pytest
from sample_runs import at, large_run, make_run, make_test, rich_run

from lamina.records import WorkerSpan
from lamina.reports.timeline import timeline_of


def test_nothing_executed_is_no_timeline() -> None:
    tests = [
        make_test("test_a", cached=True),
        make_test("test_b", "not_run"),
        make_test("test_c", started="", worker=""),
    ]
    assert timeline_of(make_run(tests)) is None


def test_a_bar_is_where_and_as_wide_as_its_test() -> None:
    tests = [
        make_test("test_a", started=at(0), duration=2.0),
        make_test("test_b", "failed", started=at(2), duration=8.0),
    ]
    timeline = timeline_of(make_run(tests))
    assert timeline is not None
    (lane,) = timeline.lanes
    assert [(bar.x, bar.width, bar.kind) for bar in lane.bars] == [(0.0, 200.0, "passed"), (200.0, 800.0, "failed")]
    assert lane.bars[1].title == "tests/unit/test_prices.py::test_b: failed, 8.0 s"
    assert (lane.tests, lane.busy) == ("2 tests", "10.0 s, 100 %")


def test_workers_of_the_same_name_in_two_categories_have_a_lane_each() -> None:
    tests = [
        make_test("test_a"),
        make_test("test_b", category="api"),
        make_test("test_c", worker="gw10"),
        make_test("test_d", worker="gw2"),
    ]
    timeline = timeline_of(make_run(tests))
    assert timeline is not None
    assert [(lane.category, lane.worker) for lane in timeline.lanes] == [
        ("unit", "gw0"), ("unit", "gw2"), ("unit", "gw10"), ("api", "gw0"),
    ]  # fmt: skip
    assert len({lane.y for lane in timeline.lanes}) == 4


def test_a_lane_is_a_workers_life_and_says_how_it_ended() -> None:
    run = make_run([make_test("test_a", started=at(1), duration=1.0)])
    run.workers = [
        WorkerSpan(worker="gw0", category="unit", begin=0.5, until=2.0, end="SIGSEGV"),
        WorkerSpan(worker="gw0", category="unit", begin=2.0, until=5.0),
        WorkerSpan(worker="gw0", category="api", begin=0.0, until=50.0),
    ]
    timeline = timeline_of(run)
    assert timeline is not None
    (lane,) = timeline.lanes
    assert (lane.begin, lane.length, lane.end, lane.busy) == (100.0, 900.0, "SIGSEGV", "1.0 s, 22 %")


def test_many_bars_are_merged_and_a_failure_among_them_is_seen() -> None:
    run = large_run(20_000, failing=1)
    timeline = timeline_of(run)
    assert timeline is not None
    assert timeline.merged
    assert sum(len(lane.bars) for lane in timeline.lanes) < 8 * 1000
    assert sum(bar.kind == "failed" for lane in timeline.lanes for bar in lane.bars) == 1


def test_few_bars_are_not_merged() -> None:
    run = large_run(300)
    timeline = timeline_of(run)
    assert timeline is not None
    assert not timeline.merged
    assert sum(len(lane.bars) for lane in timeline.lanes) == 300


@pytest.mark.parametrize("seconds", [0.004, 0.9, 7.0, 59.0, 400.0, 90_000.0])
def test_the_axis_has_a_handful_of_marks(seconds: float) -> None:
    timeline = timeline_of(make_run([make_test("test_a", started=at(0), duration=seconds)]))
    assert timeline is not None
    assert 2 <= len(timeline.ticks) <= 10
    assert all(0 <= x <= timeline.width for x, _ in timeline.ticks)
    assert len({text for _, text in timeline.ticks}) == len(timeline.ticks)


def test_every_bar_lies_in_the_drawing() -> None:
    timeline = timeline_of(rich_run())
    assert timeline is not None
    for lane in timeline.lanes:
        for bar in lane.bars:
            assert 0 <= bar.x <= bar.x + bar.width <= timeline.width + 1

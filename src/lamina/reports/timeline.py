"""The workers' timeline as plain data for an SVG: a lane a worker, a bar a test, as wide as it lasted.

With very many tests, bars that would fall into the same pixel are drawn as one, coloured by the worst of them, so that the
picture's size depends on its width and not on the number of tests.
"""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise
from typing import NamedTuple

from lamina.records import FAILING, RunRecord, TestRecord

__all__ = ["Bar", "Lane", "Timeline", "timeline_of"]

WIDTH = 1000
LANE_HEIGHT = 22
_MOST_BARS = 1500
_RANK = {"quiet": 0, "passed": 1, "failed": 2}


class Bar(NamedTuple):
    """A rectangle: left edge and width in the drawing's units, a class for its colour, a text for its title."""

    x: float
    width: float
    kind: str
    title: str


class Lane(NamedTuple):
    """A worker's row at height `y`."""

    worker: str
    y: int
    bars: list[Bar]


class Timeline(NamedTuple):
    """The drawing: its size, lanes, and the marks of its time axis as (x, seconds)."""

    width: int
    height: int
    lanes: list[Lane]
    ticks: list[tuple[float, str]]
    merged: bool


def timeline_of(run: RunRecord) -> Timeline | None:
    """The timeline of what was executed; None when nothing was."""
    tests = [test for test in run.tests if test.started and not test.cached and test.worker]
    if not tests:
        return None
    origin = _seconds(run.run.started)
    begins = {id(test): _seconds(test.started) - origin for test in tests}
    end = max(begins[id(test)] + test.duration for test in tests) or 1.0
    scale = WIDTH / end
    workers = sorted({test.worker for test in tests}, key=lambda name: (len(name), name))
    merged = len(tests) > _MOST_BARS
    lanes = []
    for number, worker in enumerate(workers):
        own = sorted((test for test in tests if test.worker == worker), key=lambda test: begins[id(test)])
        bars = [_bar(test, begins[id(test)], scale) for test in own]
        lanes.append(Lane(worker, number * LANE_HEIGHT, _merge(bars) if merged else bars))
    return Timeline(WIDTH, len(lanes) * LANE_HEIGHT + 20, lanes, _ticks(end, scale), merged)


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def _bar(test: TestRecord, begin: float, scale: float) -> Bar:
    kind = "failed" if test.outcome in FAILING else ("passed" if test.outcome == "passed" else "quiet")
    title = f"{test.id}: {test.outcome}, {test.duration:.3f} s"
    return Bar(round(begin * scale, 2), max(0.6, round(test.duration * scale, 2)), kind, title)


def _merge(bars: list[Bar]) -> list[Bar]:
    """Joins bars that begin before the one before them has ended by a pixel."""
    joined: list[Bar] = []
    count = 1
    for bar in bars:
        last = joined[-1] if joined else None
        if last and bar.x <= last.x + last.width + 0.5 and (last.width < 4 or bar.width < 1):
            count += 1
            kind = max(last.kind, bar.kind, key=lambda name: _RANK[name])
            width = round(max(last.x + last.width, bar.x + bar.width) - last.x, 2)
            joined[-1] = Bar(last.x, width, kind, f"{count} tests")
        else:
            count = 1
            joined.append(bar)
    return joined


def _ticks(end: float, scale: float) -> list[tuple[float, str]]:
    steps = [0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200]
    step = next((step for step in steps if end / step <= 8), end / 8)
    marks = [number * step for number in range(int(end / step) + 1)]
    if any(after - before <= 0 for before, after in pairwise(marks)):
        marks = marks[:1]
    return [(round(mark * scale, 1), f"{mark:g} s" if mark < 60 else f"{mark / 60:g} min") for mark in marks]

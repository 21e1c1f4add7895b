"""The workers' timeline as plain data for an SVG: a lane a worker, a bar a test, as wide as it lasted.

With very many tests, bars that would fall into the same pixel are drawn as one, coloured by the worst of them, so that the
picture's size depends on its width and not on the number of tests.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from lamina.records import FAILING, RunRecord, TestRecord
from lamina.reports.totals import was_executed
from lamina.reports.wording import one_line, plural, seconds_text

__all__ = ["LANE_HEIGHT", "Bar", "Lane", "Timeline", "timeline_of"]

WIDTH = 1000
LANE_HEIGHT = 20
_MOST_BARS = 2000
_NARROWEST = 0.6
# Bars closer than this look like one.
_GAP = 0.5
_RANK = {"passed": 0, "quiet": 1, "failed": 2}


class Bar(NamedTuple):
    """A rectangle: left edge and width in the drawing's units, a class for its colour, a text for its title."""

    x: float
    width: float
    kind: str
    title: str


class Lane(NamedTuple):
    """A worker's row at height `y`: what it ran, for how long, and how it ended. `begin` and `length` are its life."""

    category: str
    worker: str
    y: int
    begin: float
    length: float
    bars: list[Bar]
    tests: str
    busy: str
    end: str


class Timeline(NamedTuple):
    """The drawing: its size, lanes, and the marks of its time axis as (x, text)."""

    width: int
    height: int
    lanes: list[Lane]
    ticks: list[tuple[float, str]]
    merged: bool


def timeline_of(run: RunRecord) -> Timeline | None:
    """The timeline of what was executed; None when nothing was."""
    executed = [test for test in run.tests if was_executed(test) and test.worker]
    if not executed:
        return None
    origin = _seconds(run.run.started)
    own: dict[tuple[str, str], list[tuple[float, TestRecord]]] = {}
    for test in executed:
        own.setdefault((test.category, test.worker), []).append((_seconds(test.started) - origin, test))
    lives = _lives(run, own)
    end = max(until for _, until, _ in lives.values()) or 1.0
    scale = WIDTH / end
    merged = len(executed) > _MOST_BARS
    order = {
        category.name: number for number, category in enumerate(c for layer in run.layers for c in layer.categories)
    }
    keys = sorted(own, key=lambda key: (order.get(key[0], 0), len(key[1]), key[1]))
    lanes = [
        _lane(key, number, sorted(own[key], key=lambda entry: entry[0]), lives[key], scale, merged)
        for number, key in enumerate(keys)
    ]
    return Timeline(WIDTH, len(lanes) * LANE_HEIGHT + 20, lanes, _ticks(end, scale), merged)


def _lives(
    run: RunRecord, own: dict[tuple[str, str], list[tuple[float, TestRecord]]]
) -> dict[tuple[str, str], tuple[float, float, str]]:
    """When each worker began and ended, in seconds since the run began, and how it ended. A name that several workers had one
    after the other (a replaced one) is one lane, and its unhappy ends are named."""
    lives = {}
    for key, tests in own.items():
        spans = [span for span in run.workers if (span.category, span.worker) == key]
        begin = min([span.begin for span in spans] + [tests_begin for tests_begin, _ in tests])
        until = max([span.until for span in spans] + [tests_begin + test.duration for tests_begin, test in tests])
        ends = sorted({span.end for span in spans if span.end != "done"})
        lives[key] = (max(0.0, begin), until, ", ".join(ends) or "done")
    return lives


def _lane(
    key: tuple[str, str],
    number: int,
    tests: list[tuple[float, TestRecord]],
    life: tuple[float, float, str],
    scale: float,
    merged: bool,
) -> Lane:
    begin, until, end = life
    busy = sum(test.duration for _, test in tests)
    share = f"{seconds_text(busy)}, {100 * busy / (until - begin):.0f} %" if until > begin else seconds_text(busy)
    return Lane(
        category=key[0],
        worker=key[1],
        y=number * LANE_HEIGHT,
        begin=round(begin * scale, 1),
        length=round((until - begin) * scale, 1),
        bars=_bars(tests, scale, merged),
        tests=plural(len(tests), "test"),
        busy=share,
        end=end,
    )


def _seconds(stamp: str) -> float:
    return datetime.fromisoformat(stamp).timestamp()


def _bars(tests: list[tuple[float, TestRecord]], scale: float, merged: bool) -> list[Bar]:
    """A bar a test, in order of their beginnings; when `merged`, bars that touch are joined unless both can be seen apart."""
    bars: list[Bar] = []
    run_of: list[list[TestRecord]] = []
    for begin, test in tests:
        x, width = max(0.0, begin * scale), max(_NARROWEST, test.duration * scale)
        last = bars[-1] if merged and bars else None
        if last and x <= last.x + last.width + _GAP and (last.width < 4 or width < 1):
            until = max(last.x + last.width, x + width)
            bars[-1] = Bar(last.x, until - last.x, max(last.kind, _kind(test), key=_RANK.__getitem__), "")
            run_of[-1].append(test)
        else:
            bars.append(Bar(x, width, _kind(test), ""))
            run_of.append([test])
    return [
        Bar(round(bar.x, 2), round(bar.width, 2), bar.kind, _title(own)) for bar, own in zip(bars, run_of, strict=True)
    ]


def _kind(test: TestRecord) -> str:
    return "failed" if test.outcome in FAILING else ("passed" if test.outcome == "passed" else "quiet")


def _title(tests: list[TestRecord]) -> str:
    if len(tests) > 1:
        return plural(len(tests), "test")
    return f"{one_line(tests[0].id, 200)}: {tests[0].outcome}, {seconds_text(tests[0].duration)}"


def _ticks(end: float, scale: float) -> list[tuple[float, str]]:
    steps = [
        0.001,
        0.002,
        0.005,
        0.01,
        0.02,
        0.05,
        0.1,
        0.2,
        0.5,
        1,
        2,
        5,
        10,
        20,
        30,
        60,
        120,
        300,
        600,
        1200,
        1800,
        3600,
        7200,
    ]
    step = next((step for step in steps if end / step <= 8), end / 8)
    marks = [number * step for number in range(int(end / step) + 1)]
    return [(round(mark * scale, 1), f"{mark:g} s" if step < 60 else f"{mark / 60:g} min") for mark in marks]

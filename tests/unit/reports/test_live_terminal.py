"""Progress on a real (pseudo) terminal: what has moved leaves nothing behind, and what was said stays."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

import pytest
from pseudo_terminal import lines_left, pseudo_terminal
from sample_runs import make_run, rich_run

from lamina.records import (
    CategoryFinished,
    CategoryStarted,
    Collected,
    Event,
    Note,
    Running,
    RunRecord,
    TestFinished,
)
from lamina.reports.terminal import Terminal, live


def events_of(run: RunRecord) -> list[Event]:
    """The categories of a layer side by side, as they are in a run."""
    events: list[Event] = []
    for layer in run.layers:
        executed = [category for category in layer.categories if category.outcome in ("passed", "failed")]
        events += [CategoryStarted(category.name, layer.name, 10, 2.0) for category in executed]
        events += [Collected(category.name, sum(category.counts.values())) for category in executed]
        for test in run.tests:
            if test.layer == layer.name and not test.cached and test.outcome != "not_run":
                events.append(Running(test.category, [(test.worker, test.id, 11.0)]))
                events.append(TestFinished(test))
        events += [CategoryFinished(category) for category in layer.categories]
    return [*events, Note("a last word")]


def on_terminal(run: RunRecord, color: bool) -> str:
    with pseudo_terminal() as pseudo:
        with os.fdopen(os.dup(pseudo.slave), "w", encoding="utf-8") as stream:
            terminal = Terminal(stream, color, 100, live=True)
            for event in events_of(run):
                terminal.handle(event)
            terminal.finish(run, Path("reports"))
        return pseudo.finish()


def plainly(run: RunRecord) -> list[str]:
    stream = io.StringIO()
    terminal = Terminal(stream, False, 100, live=False)
    for event in events_of(run):
        terminal.handle(event)
    terminal.finish(run, Path("reports"))
    return stream.getvalue().splitlines()


def test_what_stays_are_the_lines_that_a_pipe_gets() -> None:
    run = rich_run()
    left = [line for line in lines_left(on_terminal(run, color=False)) if line]
    # Only a pipe is told when a category begins.
    assert left == [line for line in plainly(run) if line and ": running " not in line]


def test_bars_were_there_and_are_gone() -> None:
    output = on_terminal(rich_run(), color=False)
    assert "━" in output
    assert "━" not in "".join(lines_left(output))


def test_colours_change_no_line() -> None:
    plain, coloured = (lines_left(on_terminal(rich_run(), color=color)) for color in (False, True))
    assert [line for line in plain if line] == [line for line in coloured if line]


def test_lines_survive_however_often_bars_are_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lines said while another thread draws bars, fewer than the time before, go over no other line."""
    monkeypatch.setattr(live, "_REFRESHES", 20_000)
    run = rich_run()
    said = [line for line in plainly(run) if line and ": running " not in line]
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for _ in range(6):
            assert [line for line in lines_left(on_terminal(run, color=False)) if line] == said
    finally:
        sys.setswitchinterval(interval)


def test_the_cursor_is_shown_again() -> None:
    output = on_terminal(rich_run(), color=True)
    assert output.rfind("\x1b[?25h") > output.rfind("\x1b[?25l") > -1


def test_a_run_of_nothing_moves_nothing() -> None:
    assert "\x1b" not in on_terminal(make_run([]), color=False)

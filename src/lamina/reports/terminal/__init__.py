"""The run on the terminal: progress while it goes on, each failure in a line as it happens, the verdict at the end.

`Terminal` takes events from any thread. Where there is no terminal it writes plain lines; where there is one, a few lines at the
bottom move and everything else scrolls as ever.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Protocol, TextIO

from lamina.records import (
    FAILING,
    CategoryFinished,
    CategoryRecord,
    CategoryStarted,
    Collected,
    Event,
    Note,
    RunRecord,
    Running,
    TestFinished,
    TestRecord,
)
from lamina.reports.closing_lines import paint
from lamina.reports.terminal.closing import closing
from lamina.reports.wording import counts_text, plural, seconds_text

__all__ = ["Screen", "Terminal"]

# A test that takes longer than this is named while it runs.
SLOW_SECONDS = 10.0


class Screen(Protocol):
    """Where lines go, and what moves below them: `plain` writes lines only, `live` has progress bars."""

    def write(self, text: str) -> None:
        """Prints lines (they may hold colour codes)."""

    def started(self, category: str, expected_seconds: float) -> None:
        """A category begins."""

    def collected(self, category: str, tests: int) -> None:
        """Its tests are known."""

    def advanced(self, category: str, failing: bool) -> None:
        """A test is through."""

    def running(self, category: str, slow: list[tuple[str, float]]) -> None:
        """Tests that have run for long, with their seconds."""

    def finished(self, category: str) -> None:
        """A category is through."""

    def close(self) -> None:
        """Nothing moves any more."""


class Terminal:
    """Turns events into lines on `stream`."""

    def __init__(self, stream: TextIO, color: bool, width: int, live: bool) -> None:
        self._color = color
        self._width = width
        self._lock = threading.Lock()
        self._layer = ""
        self._named_slow: set[str] = set()
        self._screen: Screen
        if live:
            from lamina.reports.terminal.live import LiveScreen

            self._screen = LiveScreen(stream, color, width)
        else:
            from lamina.reports.terminal.plain import PlainScreen

            self._screen = PlainScreen(stream)

    def handle(self, event: Event) -> None:
        """Shows an event; a terminal that is gone is no error."""
        with self._lock:
            try:
                self._show(event)
            except BrokenPipeError:
                pass

    def finish(self, run: RunRecord, reports_dir: Path) -> None:
        """The end of the run: what failed and how to run it again, what was not run, the verdict."""
        with self._lock:
            try:
                self._screen.close()
                self._screen.write("\n".join(closing(run, reports_dir, self._color)))
            except BrokenPipeError:
                pass

    def _show(self, event: Event) -> None:
        screen = self._screen
        if isinstance(event, TestFinished):
            self._test(event.test)
        elif isinstance(event, Running):
            self._running(event)
        elif isinstance(event, CategoryStarted):
            screen.started(event.category, event.expected_seconds)
        elif isinstance(event, Collected):
            screen.collected(event.category, event.tests)
        elif isinstance(event, CategoryFinished):
            screen.finished(event.record.name)
            self._category(event.record)
        elif isinstance(event, Note):
            screen.write(paint(f"note: {event.text}", "dim", self._color))

    def _test(self, test: TestRecord) -> None:
        failing = test.outcome in FAILING
        if test.outcome != "not_run":
            self._screen.advanced(test.category, failing)
        if failing:
            word = paint(test.outcome.upper(), "red", self._color)
            place = f"{test.file}:{test.line}" if test.line else test.file
            message = test.attempts[-1].message if test.attempts else ""
            self._screen.write(f"{word} {test.id}" + (f" - {message}" if message else "") + f"  ({place})")

    def _running(self, event: Running) -> None:
        slow = [(test, seconds) for _, test, seconds in event.workers if seconds >= SLOW_SECONDS]
        self._screen.running(event.category, slow)
        for test, seconds in slow:
            if test not in self._named_slow:
                self._named_slow.add(test)
                self._screen.write(paint(f"slow: {test} has been running for {seconds_text(seconds)}", "dim", self._color))

    def _category(self, record: CategoryRecord) -> None:
        lines = []
        if record.layer != self._layer:
            self._layer = record.layer
            lines.append(paint(record.layer, "bold", self._color))
        if record.summary:
            lines.append(record.summary)
        lines.append(f"  {self._line(record)}")
        self._screen.write("\n".join(lines))

    def _line(self, record: CategoryRecord) -> str:
        tests = sum(record.counts.values())
        if record.outcome == "cached":
            return f"{record.name}: " + paint(f"up to date, {plural(tests, 'test')} cached", "dim", self._color)
        if record.outcome == "empty":
            return f"{record.name}: " + paint("empty, no test matches", "dim", self._color)
        if record.outcome == "not_run":
            return f"{record.name}: {paint('not run', 'INTERRUPTED', self._color)} ({record.reason})"
        if record.outcome == "error":
            text = f"{paint('error', 'ERROR', self._color)}: {record.reason}"
            return f"{record.name}: {text}" + (f" ({counts_text(record.counts)})" if tests else "")
        style = "PASSED" if record.outcome == "passed" else "FAILED"
        verdict = paint(record.outcome, style, self._color)
        # A failed category that was stopped says so; a passed one's reason is why it ran.
        stopped = f", stopped: {record.reason}" if record.outcome == "failed" and record.counts.get("not_run") else ""
        return f"{record.name}: {verdict}, {counts_text(record.counts)} in {seconds_text(record.duration)}{stopped}"

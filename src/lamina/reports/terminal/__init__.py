"""The run on the terminal: progress while it goes on, each failure in a line as it happens, the verdict at the end.

`Terminal` takes events from any thread. Where there is no terminal it writes plain lines; where there is one, a few lines at the
bottom move and everything else scrolls as ever. A reader that goes away (`doit | head`) ends the output, never the run.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from lamina.records import (
    FAILING,
    CategoryFinished,
    CategoryRecord,
    CategoryStarted,
    Collected,
    Event,
    Note,
    Running,
    RunRecord,
    TestFinished,
    TestRecord,
)
from lamina.reports.closing_lines import empty_line, paint
from lamina.reports.slow import SlowTests
from lamina.reports.terminal.blocks import block
from lamina.reports.terminal.closing import closing, place_of
from lamina.reports.terminal.plain import PlainScreen
from lamina.reports.terminal.screen import Screen
from lamina.reports.wording import counts_text, one_line, plural, seconds_text

__all__ = ["Terminal"]

# A test that takes longer than this is named in a line of its own.
SLOW_SECONDS = 60.0
# One that takes longer than this is named beside the bars, as long as it runs.
_LONG_SECONDS = 10.0


class Terminal:
    """Turns events into lines on `stream`."""

    def __init__(
        self,
        stream: TextIO,
        color: bool,
        width: int,
        live: bool,
        slow_seconds: float = SLOW_SECONDS,
        each: bool = False,
    ) -> None:
        self._stream = stream
        self._color = color
        self._width = width
        # Re-entrant: a signal handler may end up here while its own thread writes.
        self._lock = threading.RLock()
        self._layer = ""
        self._slow = SlowTests(slow_seconds)
        self._empty: list[str] = []
        self._gone = False
        self._screen: Screen = PlainScreen(stream)
        self._live = live
        # Whether each test is shown with its output when it ends.
        self._each = each

    def handle(self, event: Event) -> None:
        """Shows an event."""
        self._guarded(lambda: self._show(event))

    def say(self, lines: list[str]) -> None:
        """Prints lines as they are."""
        self._guarded(lambda: self._screen.write("\n".join(lines)))

    def finish(self, run: RunRecord, reports_dir: Path | None) -> None:
        """The end of the run: what failed and how to run it again, what was not run, the verdict. `reports_dir` is None when
        no page was written."""

        def end() -> None:
            self._screen.close()
            lines = [*empty_line(self._empty, self._color), *closing(run, reports_dir, self._color)]
            self._screen.write("\n".join(lines))

        self._guarded(end)

    def _guarded(self, action: Callable[[], None]) -> None:
        with self._lock:
            if self._gone:
                return
            try:
                action()
            except (OSError, ValueError):  # ValueError: the stream is closed
                self._give_up()

    def _give_up(self) -> None:
        """Nobody reads any more. What is buffered must go nowhere too, or Python complains when it flushes at exit."""
        self._gone = True
        with suppress(OSError, ValueError):
            self._screen.close()
        with suppress(OSError, ValueError, AttributeError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self._stream.fileno())
            os.close(nowhere)

    def _show(self, event: Event) -> None:
        if isinstance(event, TestFinished):
            self._test(event.test)
        elif isinstance(event, Running):
            self._running(event)
        elif isinstance(event, CategoryStarted):
            self._go_live()
            self._slow.expect(event.category, event.durations)
            self._screen.started(event.category, event.expected_seconds)
        elif isinstance(event, Collected):
            self._screen.collected(event.category, event.tests)
        elif isinstance(event, CategoryFinished):
            self._screen.finished(event.record.name)
            self._category(event.record)
        elif isinstance(event, Note):
            text = one_line(event.text, 1000)
            shown = paint(text, "FAILED", self._color) if event.loud else paint(f"note: {text}", "dim", self._color)
            self._screen.write(shown)

    def _go_live(self) -> None:
        """Importing rich takes longer than a run in which nothing has to be executed, so it waits until something has."""
        if self._live:
            self._live = False
            from lamina.reports.terminal.live import LiveScreen

            self._screen = LiveScreen(self._stream, self._color, self._width)

    def _test(self, test: TestRecord) -> None:
        failing = test.outcome in FAILING
        if test.outcome != "not_run":
            self._screen.advanced(test.category, failing)
        if failing:
            word = paint(test.outcome.upper(), "red", self._color)
            message = one_line(test.attempts[-1].message) if test.attempts else ""
            place = paint(f"({place_of(test)})", "dim", self._color)
            line = "  ".join(part for part in (f"{word} {one_line(test.id)}", message, place) if part)
            self._screen.write(block(test, line, self._color) if self._each else line)
        elif self._each and not test.cached and test.outcome != "not_run":
            self._screen.write(block(test, "", self._color))

    def _running(self, event: Running) -> None:
        long = [(test, seconds) for _, test, seconds in event.workers if seconds >= _LONG_SECONDS]
        self._screen.running(event.category, long)
        for _, test, seconds in event.workers:
            if self._slow.is_new(event.category, test, seconds):
                usual = self._slow.usual(event.category, test)
                before = f", {seconds_text(usual)} last time" if usual else ""
                text = f"slow: {one_line(test)} has been running for {seconds_text(seconds)}{before}"
                self._screen.write(paint(text, "dim", self._color))

    def _category(self, record: CategoryRecord) -> None:
        if record.outcome == "empty":
            self._empty.append(record.name)
            return
        lines = []
        if record.layer != self._layer:
            self._layer = record.layer
            lines.append(paint(record.layer, "bold", self._color))
        if record.summary:
            lines.append(record.summary.rstrip("\n"))
        lines.append(f"  {self._line(record)}")
        self._screen.write("\n".join(lines))

    def _line(self, record: CategoryRecord) -> str:
        tests = sum(record.counts.values())
        reason = one_line(record.reason)
        if record.outcome == "cached":
            return f"{record.name}: " + paint(f"up to date, {plural(tests, 'test')} cached", "dim", self._color)
        if record.outcome == "not_run":
            return f"{record.name}: {paint('not run', 'INTERRUPTED', self._color)} ({reason})"
        if record.outcome == "error":
            text = f"{paint('error', 'ERROR', self._color)}: {reason}"
            return f"{record.name}: {text}" + (f" ({counts_text(record.counts)})" if tests else "")
        style = "PASSED" if record.outcome == "passed" else "FAILED"
        verdict = paint(record.outcome, style, self._color)
        # A failed category that was stopped, or in which no test failed, says why; a passed one's reason is why it ran.
        whole = not record.counts.get("not_run") and FAILING & record.counts.keys()
        why = f": {reason}" if record.outcome == "failed" and not whole and reason else ""
        return f"{record.name}: {verdict}, {counts_text(record.counts)} in {seconds_text(record.duration)}{why}"

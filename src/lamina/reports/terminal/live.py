"""Progress at the bottom of a terminal, a line for each category that runs, by rich. The scrollback stays as it is."""

from __future__ import annotations

import threading
from contextlib import suppress
from typing import TextIO

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TaskID, TextColumn
from rich.text import Text

from lamina.reports.wording import grouped, seconds_text

__all__ = ["LiveScreen"]

_REFRESHES = 8  # a second


class LiveScreen:
    """The bars vanish when a category is through; lines above them stay.

    The bars are drawn anew by a thread of ours, not by rich's: a line printed while rich's thread draws fewer bars than
    before goes over the line above it.
    """

    def __init__(self, stream: TextIO, color: bool, width: int) -> None:
        self._stream = stream
        self._console = Console(
            file=stream, force_terminal=True, no_color=not color, width=width, highlight=False, legacy_windows=False
        )
        self._progress = Progress(
            SpinnerColumn(style="dim"),
            TextColumn("{task.fields[category]}", style="bold"),
            BarColumn(bar_width=24, complete_style="green", finished_style="green", pulse_style="dim"),
            _Counts(),
            _TimeLeft(),
            _Slow(),
            console=self._console,
            transient=True,
            auto_refresh=False,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._tasks: dict[str, TaskID] = {}
        self._progress.start()
        # Re-entrant, as a signal handler may write while its own thread does.
        self._drawing = threading.RLock()
        self._closed = threading.Event()
        threading.Thread(target=self._draw, name="lamina-progress", daemon=True).start()

    def _draw(self) -> None:
        while not self._closed.wait(1 / _REFRESHES):
            # A terminal that has gone is found out by whoever writes the next line.
            with self._drawing, suppress(OSError, ValueError):
                if not self._closed.is_set():
                    self._progress.refresh()

    def write(self, text: str) -> None:
        """Prints lines above the bars."""
        # from_ansi keeps the colours of pytest's own text; wrapping is the terminal's, so that copied lines are whole.
        with self._drawing:
            self._console.print(Text.from_ansi(text), soft_wrap=True)

    def started(self, category: str, expected_seconds: float) -> None:
        """A bar that pulses while tests are collected."""
        with self._drawing:
            self._tasks[category] = self._progress.add_task(
                "", total=None, category=category, failing=0, slow="", expected=expected_seconds
            )

    def collected(self, category: str, tests: int) -> None:
        """The bar gets its length."""
        if category in self._tasks:
            self._progress.update(self._tasks[category], total=tests)

    def advanced(self, category: str, failing: bool) -> None:
        """A step further."""
        if category in self._tasks:
            task = self._progress.tasks[self._progress.task_ids.index(self._tasks[category])]
            self._progress.update(self._tasks[category], advance=1, failing=task.fields["failing"] + failing)

    def running(self, category: str, slow: list[tuple[str, float]]) -> None:
        """Names the test that has run longest."""
        if category in self._tasks:
            test, seconds = max(slow, key=lambda entry: entry[1], default=("", 0.0))
            text = f"{test.rpartition('::')[2]} {seconds_text(seconds)}" if test else ""
            self._progress.update(self._tasks[category], slow=text)

    def finished(self, category: str) -> None:
        """The bar goes."""
        if category in self._tasks:
            with self._drawing:
                self._progress.remove_task(self._tasks.pop(category))

    def close(self) -> None:
        """The bars go."""
        self._closed.set()
        with self._drawing:
            self._progress.stop()


class _Counts(ProgressColumn):
    def render(self, task: Task) -> Text:
        """ "812/1,204  2 failed"."""
        if task.total is None:
            return Text("collecting", style="dim")
        text = Text(f"{grouped(int(task.completed))}/{grouped(int(task.total))}")
        if task.fields["failing"]:
            text.append(f"  {grouped(task.fields['failing'])} failed", style="bold red")
        return text


class _TimeLeft(ProgressColumn):
    def render(self, task: Task) -> Text:
        """Seconds gone, and about how many are left: by the last run's time, else by what is done."""
        gone = task.elapsed or 0.0
        left = task.fields["expected"] - gone if task.fields["expected"] else (task.time_remaining or 0.0)
        text = seconds_text(gone) if gone >= 1 else ""
        return Text(text + (f", about {seconds_text(left)} left" if left >= 1 and text else ""), style="dim")


class _Slow(ProgressColumn):
    def render(self, task: Task) -> Text:
        """The slow test."""
        return Text(task.fields["slow"], style="yellow", overflow="ellipsis", no_wrap=True)

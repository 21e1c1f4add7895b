"""Keeps pytest's terminal output to its closing part.

While tests run, lamina shows progress itself, so pytest's header and dots are dropped. What pytest and its plugins write
at the end (failures, warnings summary, coverage tables) is kept as text, for the engine to show in one piece.
"""

from __future__ import annotations

import io
from typing import Any

import pytest

__all__ = ["ClosingPart"]


class _Gate(io.TextIOBase):
    """A text stream that drops what is written until it is opened."""

    encoding = "utf-8"

    def __init__(self) -> None:
        self.open = False
        self.text = io.StringIO()

    def write(self, text: str) -> int:
        if self.open:
            self.text.write(text)
        return len(text)

    def flush(self) -> None:
        """Nothing is held back."""

    def isatty(self) -> bool:
        return False


class ClosingPart:
    """Takes over the terminal reporter of a configured session."""

    def __init__(self, config: pytest.Config, color: bool) -> None:
        self._gate = _Gate()
        reporter: Any = config.pluginmanager.getplugin("terminalreporter")
        if reporter is None:  # `-p no:terminal`
            return
        writer = reporter._tw
        writer._file = self._gate
        writer.hasmarkup = color
        # Percentages and file names cost time for every test and would be dropped.
        reporter._show_progress_info = False
        reporter.showfspath = False
        # lamina says itself what failed and how to run it again; what the project asked for besides (`-rs`, `-ra`) stays.
        reporter.reportchars = reporter.reportchars.replace("f", "").replace("E", "")
        # The last line ("3 passed in 0.12s") would be about this category only; lamina prints its own.
        reporter.summary_stats = lambda: None

    def begin(self) -> None:
        """What is written from now on is kept."""
        self._gate.open = True

    def text(self) -> str:
        """What was kept."""
        return self._gate.text.getvalue().strip("\n")

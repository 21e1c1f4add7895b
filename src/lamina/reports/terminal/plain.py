"""Lines only, for pipes, files and CI logs."""

from __future__ import annotations

from typing import TextIO

from lamina.reports.wording import plural, seconds_text

__all__ = ["PlainScreen"]


class PlainScreen:
    """Says when a category begins and how many tests it has; nothing moves."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._expected: dict[str, float] = {}

    def write(self, text: str) -> None:
        """Prints lines. Characters that the stream can't encode are replaced, not refused."""
        encoding = getattr(self._stream, "encoding", None) or "utf-8"
        self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding) + "\n")
        self._stream.flush()

    def started(self, category: str, expected_seconds: float) -> None:
        """Kept until the number of tests is known, for one line about both."""
        self._expected[category] = expected_seconds

    def collected(self, category: str, tests: int) -> None:
        """The category's first line."""
        seconds = self._expected.get(category, 0.0)
        last = f", {seconds_text(seconds)} last time" if seconds else ""
        self.write(f"{category}: running {plural(tests, 'test')}{last}")

    def advanced(self, category: str, failing: bool) -> None:
        """Not shown."""

    def running(self, category: str, slow: list[tuple[str, float]]) -> None:
        """Not shown."""

    def finished(self, category: str) -> None:
        """Its line comes from the terminal."""

    def close(self) -> None:
        """Nothing to end."""

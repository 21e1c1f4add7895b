"""Where the terminal's lines go, and what moves below them."""

from __future__ import annotations

from typing import Protocol

__all__ = ["Screen"]


class Screen(Protocol):
    """`plain` writes lines only, `live` has progress bars. Calls come one at a time."""

    def write(self, text: str) -> None:
        """Prints lines (they may hold colour codes)."""

    def started(self, category: str, expected_seconds: float) -> None:
        """A category begins; it took `expected_seconds` last time (0: unknown)."""

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

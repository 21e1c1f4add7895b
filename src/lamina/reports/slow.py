"""Which of the tests that run are slow: longer at it than a limit, or than ten times what they took last time."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["SlowTests"]

_TIMES = 10.0
# Below this a factor says more of the machine than of the test.
_AT_LEAST_SECONDS = 5.0


class SlowTests:
    """`limit` in seconds. Each test is found slow once."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._durations: dict[str, Mapping[str, float]] = {}
        self._found: set[tuple[str, str]] = set()

    def expect(self, category: str, durations: Mapping[str, float]) -> None:
        """What the tests of a category took last time, in seconds."""
        self._durations[category] = durations

    def usual(self, category: str, test: str) -> float:
        """What the test took last time; 0 when unknown."""
        return self._durations.get(category, {}).get(test, 0.0)

    def is_new(self, category: str, test: str, seconds: float) -> bool:
        """Whether a test that has run for so long is slow and was not yet found to be."""
        usual = self.usual(category, test)
        limit = min(self._limit, max(_TIMES * usual, _AT_LEAST_SECONDS)) if usual else self._limit
        if seconds < limit or (category, test) in self._found:
            return False
        self._found.add((category, test))
        return True

"""What can be reached from something by edges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

__all__ = ["closure"]


def closure(start: Iterable[str], edges: Mapping[str, set[str]]) -> set[str]:
    """All that can be reached, the start itself among it."""
    waiting = list(start)
    found = set(waiting)
    while waiting:
        fresh = edges.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found

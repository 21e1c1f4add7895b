"""What can be reached from something by edges."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

__all__ = ["closure"]

Node = TypeVar("Node")


def closure(start: Iterable[Node], edges: Mapping[Node, set[Node]]) -> set[Node]:
    """All that can be reached, the start itself among it."""
    waiting = list(start)
    found = set(waiting)
    while waiting:
        fresh = edges.get(waiting.pop(), set()) - found
        found |= fresh
        waiting += fresh
    return found

"""Orders of tests in which none stands before one that it waits for. Knows only numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from heapq import heapify, heappop, heappush

__all__ = ["in_order", "sequence"]

Group = tuple[list[int], bool]


def sequence(after: Mapping[int, Set[int]], only: Sequence[int] | None = None) -> list[int]:
    """All that wait or are waited for, or `only` these, each behind those that it waits for, else by number. There must be no
    ring; what is in one is left out."""
    members = set(after).union(*after.values()) if only is None else set(only)
    waits = {index: {other for other in after.get(index, ()) if other in members} for index in members}
    behind: dict[int, list[int]] = {}
    for index, others in waits.items():
        for other in others:
            behind.setdefault(other, []).append(index)
    ready = [index for index in members if not waits[index]]
    heapify(ready)
    found = []
    while ready:
        index = heappop(ready)
        found.append(index)
        for other in behind.get(index, ()):
            waits[other].discard(index)
            if not waits[other]:
                heappush(ready, other)
    return found


def in_order(groups: Sequence[Group], after: Mapping[int, Set[int]]) -> list[Group]:
    """The groups, each in an order that suits it. Bound groups that wait for each other in a ring, though their tests don't,
    are divided into their tests."""
    group_of = {index: number for number, (indices, _) in enumerate(groups) for index in indices}
    between: dict[int, set[int]] = {}
    for index, others in after.items():
        for other in others:
            if group_of[other] != group_of[index]:
                between.setdefault(group_of[index], set()).add(group_of[other])
    in_ring = (set(between).union(*between.values())) - set(sequence(between))
    found: list[Group] = []
    for number, (indices, together) in enumerate(groups):
        if number in in_ring:
            found += [([index], together) for index in indices]
        elif together and any(index in after for index in indices):
            found.append((sequence(after, indices), together))
        else:
            found.append((indices, together))
    return found

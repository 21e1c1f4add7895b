"""What can be reached from each node of a graph, cycles included."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pyroaring import BitMap

__all__ = ["reachable"]


def reachable(following: Mapping[int, Sequence[int]]) -> dict[int, BitMap]:
    """For each node, which nodes can be reached from it, itself among them. Nodes of a cycle share one set. (Tarjan: Depth-first
    search and linear graph algorithms, 1972, without recursion.)"""
    found: dict[int, BitMap] = {}
    index: dict[int, int] = {}
    lowest: dict[int, int] = {}
    stack: list[int] = []
    for root in following:
        if root in index:
            continue
        index[root] = lowest[root] = len(index)
        stack.append(root)
        path = [(root, iter(following[root]))]
        while path:
            node, rest = path[-1]
            for other in rest:
                if other not in index:
                    index[other] = lowest[other] = len(index)
                    stack.append(other)
                    path.append((other, iter(following[other])))
                    break
                if other not in found:
                    lowest[node] = min(lowest[node], index[other])
            else:
                path.pop()
                if path:
                    parent = path[-1][0]
                    lowest[parent] = min(lowest[parent], lowest[node])
                if lowest[node] == index[node]:
                    _close(node, stack, following, found)
    return found


def _close(node: int, stack: list[int], following: Mapping[int, Sequence[int]], found: dict[int, BitMap]) -> None:
    """Takes the cycle that began at a node from the stack."""
    place = stack.index(node) if len(stack) < 8 else len(stack) - 1 - stack[::-1].index(node)
    cycle = stack[place:]
    del stack[place:]
    reached = BitMap(cycle)
    for one in cycle:
        for other in following[one]:
            if other not in reached:  # what is in there came with all that can be reached from it
                reached |= found[other]
    for one in cycle:
        found[one] = reached

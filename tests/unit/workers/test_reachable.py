"""What can be reached in graphs, against a search from each node."""

from __future__ import annotations

import random

from lamina.workers.reachable import reachable


def _searched(following: dict[int, list[int]], start: int) -> set[int]:
    found, waiting = {start}, [start]
    while waiting:
        fresh = set(following[waiting.pop()]) - found
        found |= fresh
        waiting += fresh
    return found


def test_graphs_with_and_without_cycles() -> None:
    chance = random.Random(1)
    for nodes in [1, 2, 3, 8, 40] * 20:
        edges = chance.choice([0, 1, 2])
        following = {
            node: [chance.randrange(nodes) for _ in range(chance.randint(0, edges + 1))] for node in range(nodes)
        }
        assert {node: set(found) for node, found in reachable(following).items()} == {
            node: _searched(following, node) for node in following
        }


def test_a_long_chain() -> None:
    following = {node: [node + 1] for node in range(20_000)} | {20_000: []}
    assert len(reachable(following)[0]) == 20_001

"""How much memory the tests of a session are expected to need, by earlier runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from lamina.workers.protocol import Request

__all__ = ["HEAVY", "UNKNOWN", "expected_growths", "heavy_ones"]

# A test that needs more than this is looked at before it begins; so much room is taken to be always there.
HEAVY = 32 << 20
UNKNOWN = -1


def expected_growths(items: Sequence[pytest.Item], request: Request, positions: Sequence[int]) -> list[int]:
    """Bytes that each test needs beyond what its worker holds, in the order of `positions`; UNKNOWN: it never ran."""
    memory, durations = request["memory"], request["durations"]
    ids = [items[index].nodeid for index in positions]
    return [memory.get(nodeid, 0 if nodeid in durations else UNKNOWN) for nodeid in ids]


def heavy_ones(memory: Mapping[str, int]) -> frozenset[str]:
    """The tests that are known to need much, which are claimed one by one."""
    return frozenset(nodeid for nodeid, growth in memory.items() if growth > HEAVY)

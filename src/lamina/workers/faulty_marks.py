"""Markers that ask for what can never be, as the user is told of them: a line each, with its place in the files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import pytest

from lamina.workers.written_at import written_at

__all__ = ["HEADING", "FaultyMark", "faulty", "lines_of"]

HEADING = "its tests have markers that ask for what can never be"
_SHOWN = 20


class FaultyMark(NamedTuple):
    """`place` is its file and line, `test` the name of a test that has it."""

    place: tuple[str, int]
    test: str
    problem: str


def faulty(item: pytest.Item, node: Any, mark: pytest.Mark, problem: str) -> FaultyMark:
    """What is wrong with a marker that `item` has from `node`."""
    return FaultyMark(written_at(item, node, mark), item.nodeid.partition("::")[2] or item.nodeid, problem)


def lines_of(faults: Sequence[FaultyMark]) -> list[str]:
    """A line for each marker, whatever the number of tests that have it; many are counted."""
    tests: dict[tuple[tuple[str, int], str], list[str]] = {}
    for fault in faults:
        tests.setdefault((fault.place, fault.problem), []).append(fault.test)
    lines = [f"{file}:{line}: {_named(names)}: {problem}" for ((file, line), problem), names in sorted(tests.items())]
    return [*lines[:_SHOWN], f"and {len(lines) - _SHOWN} more"] if len(lines) > _SHOWN else lines


def _named(names: list[str]) -> str:
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "")

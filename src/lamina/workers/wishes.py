"""What the collected tests of a session ask for before they can run: resources that they hold, tests that they wait for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import pytest

from lamina.resources.asking import needs_of
from lamina.resources.definitions import Definition
from lamina.workers.depending import GOOD, dependencies_of, marked, why_skipped
from lamina.workers.elsewhere import Look
from lamina.workers.faulty_marks import FaultyMark, faulty
from lamina.workers.protocol import Request

__all__ = ["Wishes", "wishes_of"]


class Wishes(NamedTuple):
    """By the index of an item: `needs` (units by resource), `after` (indices of the items that it waits for), `hopeless` (why
    it can't run here, though nothing is wrong with it), `provisional` (those of them for which another category is the reason).
    `faults` are markers that ask for what can never be."""

    needs: dict[int, dict[str, int]]
    after: dict[int, set[int]]
    hopeless: dict[int, str]
    provisional: set[int]
    faults: list[FaultyMark]


def wishes_of(items: list[pytest.Item], request: Request, look: Look) -> Wishes:
    """Reads the markers `resource` and `depends` of the items, and what their category needs; `look` asks for tests of other
    categories."""
    wishes = Wishes({}, {}, {}, set(), [])
    _read_needs(items, request, wishes)
    depending = dependencies_of(items, request, look)
    wishes.faults.extend(depending.faults)
    wishes.after.update(depending.after)
    unmet = frozenset(request["served_unmet"])
    for index, names in depending.recorded.items():
        bad = [name for name in names if name in unmet]
        if bad:
            wishes.hopeless[index] = why_skipped(bad[0], "skipped")
    for index, outcomes in depending.elsewhere.items():
        for name, outcome in outcomes.items():
            if outcome not in GOOD:
                wishes.hopeless[index] = why_skipped(name, outcome)
                wishes.provisional.add(index)
    return wishes


def _read_needs(items: list[pytest.Item], request: Request, wishes: Wishes) -> None:
    category, resources = request["needs"], request["resources"]
    # Most tests of a category need the same; what they need is the same object then.
    known: dict[tuple[str, ...], dict[str, int]] = {}
    for index in range(len(items)) if category else marked(items, "resource"):
        item = items[index]
        asked = needs_of(((mark.args, mark.kwargs) for mark in item.iter_markers("resource")), category, resources)
        if asked.problems:
            wishes.faults.extend(_faults(item, resources))
        if asked.lack:
            wishes.hopeless[index] = asked.lack
        elif asked.needs:
            wishes.needs[index] = known.setdefault(tuple(map(str, sorted(asked.needs.items()))), asked.needs)


def _faults(item: pytest.Item, resources: Mapping[str, Definition]) -> list[FaultyMark]:
    return [
        faulty(item, node, mark, problem)
        for node, mark in item.iter_markers_with_node("resource")
        for problem in needs_of([(mark.args, mark.kwargs)], (), resources).problems
    ]

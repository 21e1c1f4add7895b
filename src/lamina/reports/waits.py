"""What tests held and waited for, by named resource, for the page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from lamina.records import TestRecord
from lamina.reports.totals import was_executed
from lamina.reports.wording import grouped, one_line, seconds_text

__all__ = ["Wait", "waits_of"]

# Behind the name of a resource: the members that a test got, or that it shared it.
_DETAIL = re.compile(r"(\[.*\]| \(shared\))$")


class Wait(NamedTuple):
    """A resource in words: how many tests held it, for how long in all, how long they waited in all, and the one that waited
    longest. A test that asked for several resources waited for all of them."""

    resource: str
    tests: str
    held: str
    waited: str
    longest: str
    longest_test: str


def waits_of(tests: Sequence[TestRecord]) -> list[Wait]:
    """One for each resource that was held in this run, the most waited for first."""
    holders: dict[str, list[TestRecord]] = {}
    for test in tests:
        if test.resources and was_executed(test):
            for held in test.resources:
                holders.setdefault(_DETAIL.sub("", held), []).append(test)
    waited = {name: sum(test.waited for test in held) for name, held in holders.items()}
    return [
        _wait(name, holders[name], waited[name]) for name in sorted(holders, key=lambda name: (-waited[name], name))
    ]


def _wait(name: str, tests: list[TestRecord], waited: float) -> Wait:
    longest = max(tests, key=lambda test: test.waited)
    return Wait(
        one_line(name),
        grouped(len(tests)),
        seconds_text(sum(test.duration for test in tests)),
        seconds_text(waited),
        seconds_text(longest.waited),
        one_line(longest.id),
    )

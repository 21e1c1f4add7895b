"""What became of the categories before one, for its tests that depend on theirs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from lamina.workers.protocol import Message

__all__ = ["EarlierCategory", "Told", "answer", "nothing_before"]


class EarlierCategory(NamedTuple):
    """Outcomes by test id; not `is_whole` when something went wrong with the category, so that it may have further tests."""

    outcomes: Mapping[str, str]
    is_whole: bool


# Tells, for a category, those before it in this run by name.
Told = Callable[[str], Mapping[str, EarlierCategory]]


def nothing_before(category: str) -> Mapping[str, EarlierCategory]:
    """For a category that runs by itself."""
    return {}


def answer(before: Mapping[str, EarlierCategory], names: Sequence[str]) -> Message:
    """What a session is told that asks for tests of these names: all tests in the folders that are named. What the names mean
    exactly, and what they may have been meant for, is the session's matter."""
    beginnings = tuple(_folder(name) for name in names)
    return {
        "kind": "elsewhere",
        "outcomes": {
            test: outcome
            for category in before.values()
            for test, outcome in category.outcomes.items()
            if test.startswith(beginnings)
        },
        "earlier": list(before),
        "partly": [name for name, category in before.items() if not category.is_whole],
    }


def _folder(name: str) -> str:
    """The folder of a name's file with a "/" at its end, as far as it is no pattern; empty for any."""
    folder, slash, _ = name.partition("::")[0].partition("*")[0].partition("?")[0].rpartition("/")
    return folder + slash

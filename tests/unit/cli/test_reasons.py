from __future__ import annotations

import os
from typing import Any

import pytest

from lamina.cli.reasons import long_reason, short_reason
from lamina.history.store import CategorySummary
from lamina.sources.manifests import Difference


class Snapshot:
    """As much of a snapshot as a reason needs."""

    def __init__(self, found: Difference | None) -> None:
        self._found = found

    def difference(self, _category: str) -> Difference | None:
        return self._found


def summary(outcome: str) -> CategorySummary:
    return CategorySummary("unit", "layer", outcome, {}, 1, 0.1, "", "")


@pytest.mark.parametrize(
    ("difference", "last", "short", "long"),
    [
        (None, None, "never run", "never run"),
        (None, "failed", "failed last time", "failed last time"),
        (None, "error", "could not be run last time", "could not be run last time"),
        (None, "not_run", "did not end last time", "did not end last time"),
        (Difference([], []), "passed", "no pass on record", "no pass on record"),
        (None, "passed", "no pass on record", "no pass on record"),
        (Difference(["a"], []), "passed", "1 file changed", "1 file changed: a"),
        (Difference(["a", "b", "c", "d"], []), "passed", "4 files changed", "4 files changed: a, b, c, …"),
        (Difference([], ["its configuration"]), "passed", "its configuration changed", "its configuration changed"),
        (Difference([], ["python 2"]), "passed", "other surroundings", "other surroundings: python 2"),
        (
            Difference(["a"], ["its configuration"]), "passed",
            "1 file changed; its configuration changed", "1 file changed: a; its configuration changed",
        ),
    ],
)  # fmt: skip
def test_words(difference: Difference | None, last: str | None, short: str, long: str) -> None:
    snapshot: Any = Snapshot(difference)
    known = summary(last) if last else None
    assert short_reason(snapshot, "unit", known) == short
    assert long_reason(snapshot, "unit", known) == long


def test_names_that_are_not_utf_8_are_printable() -> None:
    snapshot: Any = Snapshot(Difference([os.fsdecode(b"caf\xe9")], []))
    assert long_reason(snapshot, "unit", summary("passed")) == "1 file changed: caf\\udce9"

"""How far a run is, as its events tell."""

from __future__ import annotations

from lamina.records import Collected, Outcome, TestFinished, TestRecord
from lamina.reports.progress import Progress


def finished(name: str, outcome: Outcome, before: str = "") -> TestFinished:
    return TestFinished(TestRecord(id=name, layer="fast", category="unit", outcome=outcome), before)


def test_each_test_counts_once_by_its_last_outcome() -> None:
    progress = Progress(["unit", "other"], 2, {})
    progress.handle(Collected("unit", 5))
    for event in (
        finished("a", "passed"),
        finished("b", "failed"),
        finished("c", "not_run"),
        finished("a", "error", before="passed"),
        finished("b", "failed", before="failed"),
    ):
        progress.handle(event)
    facts = progress.facts()["categories"][0]
    assert (facts["tests"], facts["done"], facts["failed"]) == (5, 2, 2)
    assert facts["counts"] == {"failed": 1, "not_run": 1, "error": 1}
    assert facts["failures"] == ["b", "a"]

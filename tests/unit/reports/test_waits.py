from __future__ import annotations

from lamina.records import TestRecord
from lamina.reports.waits import Wait, waits_of


def held(name: str, seconds: float, waited: float, *resources: str, cached: bool = False) -> TestRecord:
    return TestRecord(
        id=name, layer="fast", category="unit", outcome="passed", duration=seconds, cached=cached, waited=waited,
        resources=resources, started="" if cached else "2026-01-01T00:00:00.000Z",
    )  # fmt: skip


def test_what_was_held_and_waited_for_by_resource() -> None:
    tests = [
        held("a", 1.0, 0.0, "gateway"),
        held("b", 2.0, 3.5, "gateway (shared)", "drivers[0, 1]"),
        held("c", 1.0, 0.5, "drivers[0]"),
        held("d", 9.0, 9.0, "gateway", cached=True),
        held("e", 1.0, 0.0),
    ]
    assert waits_of(tests) == [
        Wait("drivers", "2", "3.0 s", "4.0 s", "3.5 s", "b"),
        Wait("gateway", "2", "3.0 s", "3.5 s", "3.5 s", "b"),
    ]


def test_nothing_held_is_nothing_to_show() -> None:
    assert waits_of([held("a", 1.0, 0.0)]) == []

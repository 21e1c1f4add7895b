"""The audit: served results are executed at random, and one that differs is said loudly."""

from __future__ import annotations

from typing import Any

AWAY = """\
import pathlib


def test_away():
    assert pathlib.Path({path!r}).read_text() == "good"


def test_here():
    pass
"""


def prepared(project: Any, tmp_path: Any) -> Any:
    """A test that depends on a file outside of the project, which nothing tells lamina of."""
    away = tmp_path / "away.txt"
    away.write_text("good")
    project.write("tests/unit/test_u.py", AWAY.format(path=str(away)))
    project.doit("unit")
    project.write("src/a.py", "A = 2\n")
    return away


def test_a_result_that_differs_is_said_dropped_and_remembered(project: Any, tmp_path_factory: Any) -> None:
    away = prepared(project, tmp_path_factory.mktemp("away"))
    away.write_text("bad")
    out, _ = project.doit("unit", status=1, LAMINA_AUDIT="1")
    assert "SELECTION FAULT: tests/unit/test_u.py::test_away would have been served as passed, and is failed" in out
    assert "unit: audit of 2 results that would have been served; of 2 so far: 1 differed" in out
    away.write_text("good")
    project.write("src/a.py", "A = 3\n")
    project.doit("unit", LAMINA_AUDIT="0")
    tests = {test["id"]: test["cached"] for test in project.results()["tests"]}
    assert tests == {"tests/unit/test_u.py::test_away": False, "tests/unit/test_u.py::test_here": True}


def test_results_that_are_the_same_bound_the_share_of_faults(project: Any, tmp_path_factory: Any) -> None:
    prepared(project, tmp_path_factory.mktemp("away"))
    out, _ = project.doit("unit", LAMINA_AUDIT="1")
    assert "FAULT" not in out
    assert (
        "unit: audit of 2 results that would have been served; of 2 so far: less than 100.0% are faulty (95 %)" in out
    )
    reasons = {test["reason"] for test in project.results()["tests"]}
    assert reasons == {"audit: its result could be served"}


def test_without_an_audit_everything_is_served(project: Any, tmp_path_factory: Any) -> None:
    away = prepared(project, tmp_path_factory.mktemp("away"))
    away.write_text("bad")
    out, _ = project.doit("unit", LAMINA_AUDIT="0")
    assert "executed 0, cached 2" in out

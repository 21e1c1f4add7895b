"""The audit: served results are executed at random, and one that differs is said loudly."""

from __future__ import annotations

from typing import Any

import pytest

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
    assert "the test is flaky, or depends on something that is not tracked" in out
    assert (
        "unit: audit of 2 results that would have been served: 1 of 2 served results that were executed anyway differed"
        in out
    )
    assert out.splitlines()[-2] == "SELECTION FAULT: 1 result would have been served wrongly; see above, and the report"
    audit = project.results()["audit"]
    (fault,) = audit["faults"]
    assert (fault["test"], fault["served"], fault["executed"]) == (
        "tests/unit/test_u.py::test_away",
        "passed",
        "failed",
    )
    assert (audit["compared"], audit["compared_ever"], audit["faulty_ever"], fault["missing"]) == (2, 2, 1, [])
    page = (project.root / "reports/latest/index.html").read_text()
    assert "Selection faults" in page and "would have been served as passed, is failed when executed" in page
    away.write_text("good")
    project.write("src/a.py", "A = 3\n")
    project.doit("unit", LAMINA_AUDIT="0")
    tests = {test["id"]: test["cached"] for test in project.results()["tests"]}
    assert tests == {"tests/unit/test_u.py::test_away": False, "tests/unit/test_u.py::test_here": True}
    later = project.results()["audit"]
    assert (later["compared"], later["faults"], later["earlier_faults"]) == (0, [], [fault])
    assert "Faults that earlier runs found" in (project.root / "reports/latest/index.html").read_text()
    project.doit("clean", LAMINA_AUDIT="0")
    project.doit("unit", LAMINA_AUDIT="0")
    assert project.results()["audit"]["earlier_faults"] == [fault], "kept when results are forgotten"


def test_results_that_are_the_same_bound_the_share_of_faults(project: Any, tmp_path_factory: Any) -> None:
    prepared(project, tmp_path_factory.mktemp("away"))
    out, _ = project.doit("unit", LAMINA_AUDIT="1")
    assert "FAULT" not in out
    assert "unit: audit of 2 results that would have been served: 0 of 2 served results" in out
    assert "differed: under 78 % wrong (95 %)" in out
    assert project.results()["audit"]["bound"] == pytest.approx(1 - 0.05**0.5)
    project.doit("unit")
    assert project.results()["audit"]["compared_ever"] == 2, "also when nothing has to run"
    project.doit("unit")
    assert "under 78 % wrong" in (project.root / "reports/latest/index.html").read_text()


def test_without_an_audit_everything_is_served(project: Any, tmp_path_factory: Any) -> None:
    away = prepared(project, tmp_path_factory.mktemp("away"))
    away.write_text("bad")
    out, _ = project.doit("unit", LAMINA_AUDIT="0")
    assert "executed 0, cached 2" in out


HIDDEN = """\
import pathlib


def test_switched():
    if not pathlib.Path({path!r}).exists():
        assert pathlib.Path("data/limit.txt").read_text() == "3"
"""


def test_an_input_that_was_not_on_record_is_named(project: Any, tmp_path_factory: Any) -> None:
    away = tmp_path_factory.mktemp("away") / "switch"
    away.write_text("")
    project.write("data/limit.txt", "4")
    project.write("tests/unit/test_u.py", HIDDEN.format(path=str(away)))
    project.doit("unit")
    away.unlink()
    project.write("src/a.py", "A = 2\n")
    out, _ = project.doit("unit", status=1, LAMINA_AUDIT="1")
    assert "It used what was not on record for it: file data/limit.txt. Please report it." in out
    assert project.results()["audit"]["faults"][0]["missing"] == ["file data/limit.txt"]

"""Runs that are started below the project's top."""

from __future__ import annotations

from typing import Any


def test_doit_looks_upwards_when_asked_to(project: Any) -> None:
    project.doit("-k", "unit", folder="tests")
    assert project.outcomes() == {"unit": "passed"}
    assert project.results()["run"]["slots"] >= 1
    project.doit("-k", "-n", "3", "fresh=true", "unit", folder="tests/unit")
    assert project.results()["run"]["slots"] == 3
    project.write("tests/unit/test_u.py", "def test_u(): assert 0\n")
    # doit's own `run` command is at work here; the exit status is the same all the same.
    project.doit("-k", "api", folder="tests", status=1)
    assert project.outcomes() == {"smoke": "passed", "unit": "failed", "api": "not_run"}


def test_lamina_finds_the_top_by_itself(project: Any) -> None:
    project.doit("unit", program="lamina", folder="tests/unit")
    assert project.outcomes() == {"unit": "passed"}
    out, _ = project.doit("list", program="lamina", folder="tests")
    assert "fast_feedback" in out


def test_plain_doit_says_what_to_do(project: Any) -> None:
    _, err = project.doit("unit", folder="tests", status=3)
    assert "Could not find dodo file" in err
    assert "Traceback" not in err

"""Two runs at once in one checkout."""

from __future__ import annotations

import json
from typing import Any

WAIT = """\
import pathlib, time

def test_waits_for_the_other():
    pathlib.Path({own!r}).touch()
    for _ in range(300):
        if pathlib.Path({other!r}).exists():
            return
        time.sleep(0.1)
    raise AssertionError("the other run never came")
"""


def test_both_end_well_and_nothing_is_lost(project: Any, tmp_path: Any) -> None:
    one, two = str(tmp_path / "one"), str(tmp_path / "two")
    project.write("tests/unit/test_u.py", WAIT.format(own=one, other=two))
    project.write("tests/api/test_a.py", WAIT.format(own=two, other=one))
    runs = [project.start("-s", "unit"), project.start("-s", "api")]
    for run in runs:
        out, err = run.communicate(timeout=60)
        assert run.returncode == 0, out + err
        assert "Traceback" not in out + err
    project.doit("-s", "unit", "api")
    assert project.outcomes() == {"unit": "cached", "api": "cached"}
    ids = {json.loads(path.read_text())["run"]["id"] for path in (project.root / "reports/runs").glob("*/results.json")}
    assert len(ids) == 3


def test_a_change_seen_by_the_second_is_not_passed_by_the_first(project: Any, tmp_path: Any) -> None:
    """The first run's tests began on other files than those that the second wrote into the manifests."""
    one, two = tmp_path / "one", tmp_path / "two"
    project.write("tests/unit/test_u.py", WAIT.format(own=str(one), other=str(two)))
    first = project.start("-s", "unit")
    while not one.exists():
        assert first.poll() is None, first.communicate()
    project.write("src/a.py", "A = 2\n")
    project.doit("list")  # takes a snapshot of the new tree
    two.touch()
    out, err = first.communicate(timeout=60)
    assert first.returncode == 0, out + err
    project.doit("-s", "unit")
    # The category is looked at again, and what its test used is what it was.
    assert project.categories()["unit"]["reason"] == "every test has a valid result"

"""Tests that depend on tests of other categories: those that run before their own in the same run."""

from __future__ import annotations

from typing import Any

LAYERS = """\
layers:
  fast_feedback: {execution_mode: sequential}
"""
SMOKE = "def test_s(): pass\ndef test_t(): assert open('state').read() == 'good'\n"
API = """\
import pytest

@pytest.mark.depends(on=["tests/smoke/test_s.py::test_s"])
def test_one(): pass

@pytest.mark.depends(on=["tests/smoke/*", "test_one"])
def test_all(): pass
"""


def found(project: Any) -> dict[str, tuple[str, bool]]:
    return {test["id"].partition("::")[2]: (test["outcome"], test["cached"]) for test in project.results()["tests"]}


def test_of_a_layer_before_executed_or_from_cache(project: Any) -> None:
    project.write("state", "good")
    project.write("tests/smoke/test_s.py", SMOKE)
    project.write("tests/api/test_a.py", API)
    project.doit("api", LAMINA_AUDIT="0")
    assert found(project)["test_one"] == found(project)["test_all"] == ("passed", False)
    # doit skips the category `smoke` as a whole now.
    project.write("tests/api/test_a.py", API.replace("test_one(): pass", "test_one(): assert True"))
    project.doit("api", LAMINA_AUDIT="0")
    assert found(project)["test_s"] == ("passed", True)
    assert found(project)["test_one"] == ("passed", False)


def test_of_a_category_before_in_its_layer_that_failed(project: Any) -> None:
    """What is skipped for it runs as soon as the other category is well, though no file of its own has changed."""
    project.write("layers/test_layers.yaml", LAYERS)
    project.write("state", "bad")
    project.write("tests/smoke/test_s.py", SMOKE)
    project.write("tests/unit/test_u.py", API)
    project.doit("fast_feedback", status=1, LAMINA_AUDIT="0")
    assert found(project)["test_one"] == ("passed", False)
    assert found(project)["test_all"] == ("skipped", False)
    reasons = {test["id"]: test["reason"] for test in project.results()["tests"]}
    assert reasons["tests/unit/test_u.py::test_all"] == ("it depends on tests/smoke/test_s.py::test_t, which failed")
    assert project.outcomes() == {"smoke": "failed", "unit": "passed"}
    project.write("state", "good")
    project.doit("fast_feedback", LAMINA_AUDIT="0")
    assert found(project)["test_all"] == ("passed", False)
    assert found(project)["test_one"] == ("passed", True)
    project.doit("fast_feedback", LAMINA_AUDIT="0")
    assert project.outcomes() == {"smoke": "cached", "unit": "cached"}


def test_of_one_that_could_not_be_run(project: Any) -> None:
    project.write("layers/test_layers.yaml", LAYERS)
    project.write("tests/smoke/test_s.py", "import nothing_of_this_name\n")
    project.write("tests/unit/test_u.py", API)
    project.doit("fast_feedback", status=2)
    reasons = {test["id"].partition("::")[2]: test["reason"] for test in project.results()["tests"]}
    assert reasons["test_one"] == "it depends on tests/smoke/test_s.py::test_s, which was not run"
    assert project.outcomes() == {"smoke": "error", "unit": "passed"}


def test_only_those_before_it_can_be_named(project: Any) -> None:
    project.write(
        "tests/api/test_a.py",
        "import pytest\n@pytest.mark.depends(on='tests/unit/test_n.py::test_u')\ndef test_a(): pass\n",
    )
    _, err = project.doit("api", status=3)
    allowed = ", did you mean tests/unit/test_u.py::test_u?"
    allowed += "; allowed: tests of its own category and of those before it in this run (smoke, unit)"
    assert (
        f"tests/api/test_a.py:2: test_a: depends on 'tests/unit/test_n.py::test_u', and there is no such test{allowed}"
        in err
    )
    # `-s` leaves out what comes before.
    project.write("tests/api/test_a.py", API)
    _, err = project.doit("-s", "api", status=3)
    assert (
        "depends on 'tests/smoke/test_s.py::test_s' of smoke, which does not run before it; allowed: tests of its own category\n"
        in err
    )
    project.write(
        "tests/unit/test_u.py", "import pytest\n@pytest.mark.depends(on='tests/api/test_a.py')\ndef test_u(): pass\n"
    )
    _, err = project.doit("unit", status=3)
    assert "depends on 'tests/api/test_a.py' of api, which does not run before it" in err
    assert "Traceback" not in err

"""What can never be met is one message with its place, exit status 3, and no test of the category run."""

from __future__ import annotations

from typing import Any

import pytest

RESOURCES = "resources: {drivers: 2, gateway: }\n"


def never_run(project: Any, *words: str) -> str:
    """The message on stderr."""
    project.write("tests/unit/test_u.py", "def test_u(): open('ran', 'w')\n")
    out, err = project.doit(*words, status=3, PYTEST_ADDOPTS="-p no:randomly")
    assert "Traceback" not in out + err
    assert not (project.root / "ran").exists()
    return str(err)


@pytest.mark.parametrize(
    ("marker", "problem"),
    [
        ('resource("drivers", count=3)', "drivers has 2, so count=3 can never be met; allowed: up to 2"),
        ('resource("gatway")', "there is no resource 'gatway', did you mean gateway?; allowed: gpu, drivers, gateway"),
        ('resource("gateway", count=2)', "gateway is a lock, of which there is one; found count=2"),
        ('depends(on=["test_mke"])', "depends on 'test_mke', and there is no such test in its module, did you mean test_make?"),
        ('depends(on=["test_use"])', "tests depend on each other in a ring: tests/unit/test_v.py::test_use -> "),
    ],
)  # fmt: skip
def test_by_a_marker(project: Any, marker: str, problem: str) -> None:
    project.write("layers/test_layers.yaml", RESOURCES)
    text = f"import pytest\n\n\ndef test_make(): pass\n\n\n@pytest.mark.{marker}\ndef test_use(): pass\n"
    project.write("tests/unit/test_v.py", text)
    err = never_run(project, "unit")
    assert err.startswith("ERROR: unit: its tests have markers that ask for what can never be; none of them was run\n")
    assert f"\ntests/unit/test_v.py:7: test_use: {problem}" in err
    assert project.results()["run"]["exit_status"] == 3
    assert {test["outcome"] for test in project.results()["tests"]} == {"not_run"}


def test_a_marker_of_many_tests_is_one_line_with_its_place(project: Any) -> None:
    project.write(
        "tests/unit/test_v.py",
        """\
import pytest

wanted = pytest.mark.resource("by_name")


@pytest.mark.parametrize("i", range(3))
@pytest.mark.resource("of_many")
def test_many(i): pass


@pytest.mark.slow
@pytest.mark.resource("of_class")
class TestIt:
    pytestmark = [pytest.mark.resource("in_class")]

    def test_one(self): pass
    def test_two(self): pass


@wanted
def test_by_name(): pass
""",
    )
    project.write(
        "tests/unit/test_w.py",
        "import pytest\n\npytestmark = [\n    pytest.mark.slow,\n    pytest.mark.resource('of_module'),\n]\n\ndef test_w(): pass\n",
    )
    lines = never_run(project, "unit").splitlines()
    assert [line.partition(";")[0].replace(": there is no resource", "") for line in lines[1:]] == [
        "tests/unit/test_v.py:7: test_many[0] and 2 more 'of_many'",
        "tests/unit/test_v.py:12: TestIt::test_one and 1 more 'of_class'",
        "tests/unit/test_v.py:14: TestIt::test_one and 1 more 'in_class'",
        "tests/unit/test_v.py:20: test_by_name 'by_name'",
        "tests/unit/test_w.py:5: test_w 'of_module'",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("categories: [{name: unit, resources: [gatway]}]", "there is no resource of this name, did you mean gateway?"),
        ("categories: [{name: unit, resources: [{name: drivers, count: 3}]}]", "drivers has 2, so this can never be met (found"),
        ("required_services: [web]", "required_services[0]: there is no service of this name (found web)"),
        ("resource_limits: {memory_mb: 900000000}", "resource_limits.memory_mb: is more than the machine's memory"),
        ("categories: [{name: unit, resource_limits: {memory_mb: 900000000}}]", "is more than the machine's memory"),
        ("depends_on: [core_integration]", "layers wait for each other in a ring"),
    ],
)  # fmt: skip
def test_by_the_configuration(project: Any, text: str, problem: str) -> None:
    project.write("layers/test_layers.yaml", f"{RESOURCES}layers:\n  fast_feedback:\n    {text}\n")
    err = never_run(project, "unit")
    assert err.startswith("ERROR: layers/test_layers.yaml:4: layers.fast_feedback")
    assert problem in err


def test_other_categories_keep_their_results_and_later_layers_do_not_begin(project: Any) -> None:
    """Only collection tells what markers tests have; what ran before it is no worse for that."""
    project.write("tests/unit/test_v.py", "import pytest\n@pytest.mark.resource('none')\ndef test_v(): pass\n")
    project.doit("core_integration", status=3)
    found = project.outcomes()
    assert (found["smoke"], found["unit"], found["api"]) == ("passed", "error", "not_run")
    project.write("tests/unit/test_v.py", "def test_v(): pass\n")
    project.doit("core_integration")
    assert project.outcomes() == {"smoke": "cached", "unit": "passed", "api": "passed"}

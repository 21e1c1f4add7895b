"""Resources and dependencies as a user has them: in YAML and markers, with the cache."""

from __future__ import annotations

from typing import Any

DRIVERS = """\
import itertools
import os
import pathlib

numbers = itertools.count()


class Driver:
    def __init__(self):
        self.name = f"{os.getpid()}-{next(numbers)}"
        self.ill = False
        with open("log.txt", "a") as log:
            log.write(f"made {self.name}\\n")

    def close(self):
        with open("log.txt", "a") as log:
            log.write(f"closed {self.name}\\n")


def make():
    if pathlib.Path("broken").exists():
        raise ConnectionError("no browser")
    return Driver()


def healthy(driver):
    return not driver.ill
"""
LAYERS = """\
resources:
  drivers:
    size: 2
    factory: drivers:make
    health_check: drivers:healthy
{more}
layers:
  fast_feedback:
    categories:
      - name: unit
        max_parallel_instances: 1
"""
TESTS = """\
import pytest


@pytest.mark.resource("drivers")
def test_one(lamina_resource):
    assert lamina_resource("drivers").name.endswith("-0")


@pytest.mark.resource("drivers")
def test_other(lamina_resource):
    driver = lamina_resource("drivers")
    assert driver is lamina_resource("drivers")
    driver.ill = True


@pytest.mark.resource("drivers", count=2)
def test_two(lamina_resource):
    one, other = lamina_resource("drivers")
    assert one is not other and not (one.ill or other.ill)
"""


def prepared(project: Any, more: str = "") -> Any:
    project.write("drivers.py", DRIVERS)
    project.write("pyproject.toml", (project.root / "pyproject.toml").read_text() + PYTHONPATH)
    project.write("layers/test_layers.yaml", LAYERS.format(more=more))
    project.write("tests/unit/test_u.py", TESTS)
    return project


PYTHONPATH = '[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = ["-p", "no:randomly", "--strict-markers"]\n'


def log(project: Any) -> list[str]:
    return [line.split()[0] for line in (project.root / "log.txt").read_text().splitlines()]


def test_objects_are_made_once_checked_and_closed_with_the_worker(project: Any) -> None:
    prepared(project).doit("unit")
    assert {test["outcome"] for test in project.results()["tests"]} == {"passed"}
    held = {test["id"].partition("::")[2]: test["resources"] for test in project.results()["tests"]}
    assert held["test_two"] == ["drivers[0, 1]"] and held["test_one"] == ["drivers[0]"]
    page = (project.root / "reports/latest/index.html").read_text()
    assert '<h2 id="waits">Resources</h2>' in page and '<th scope="row">drivers</th>' in page
    # The first serves the first two tests and is ill then, so the third gets two new ones.
    assert log(project).count("made") == log(project).count("closed") == 3


def test_an_object_is_closed_after_so_many_uses(project: Any) -> None:
    prepared(project, "    recycle_after_uses: 1").doit("unit", status=0)
    lines = log(project)
    assert lines.count("made") == 4 and lines.count("closed") == 4
    alive = 0
    for line in lines:
        alive += 1 if line == "made" else -1
        assert alive <= 2


def test_a_factory_that_raises_is_an_error_of_the_test(project: Any) -> None:
    prepared(project).write("broken", "")
    out, _ = project.doit("unit", status=1)
    tests = project.results()["tests"]
    assert {test["outcome"] for test in tests} == {"error"}
    message = "the factory drivers:make of the resource drivers raised ConnectionError: no browser"
    assert all(message in test["attempts"][0]["message"] for test in tests)
    assert message in out


def test_a_changed_factory_runs_all_tests_that_had_its_objects(project: Any) -> None:
    prepared(project).write("tests/unit/test_v.py", "def test_without(): pass\n")
    project.doit("unit")
    project.write("drivers.py", DRIVERS.replace("return Driver()", "driver = Driver()\n    return driver"))
    project.doit("unit", LAMINA_AUDIT="0")
    cached = {test["id"].partition("::")[2]: test["cached"] for test in project.results()["tests"]}
    assert cached == {"test_one": False, "test_other": False, "test_two": False, "test_without": True}


def test_plain_pytest_hands_out_objects_as_well(project: Any) -> None:
    prepared(project).doit("-q", program="pytest", status=0)
    assert log(project).count("made") == log(project).count("closed") == 3


def test_a_cached_result_of_what_is_needed_counts_as_done(project: Any) -> None:
    body = """\
import pytest


def test_make():
    pass


@pytest.mark.skip(reason="never")
def test_skipped():
    pass


@pytest.mark.depends(on=["test_make"])
def test_use():
    assert {number} > 0


@pytest.mark.depends(on=["tests/unit/test_u.py::test_skipped"])
def test_hopeless():
    pass
"""
    project.write("tests/unit/test_u.py", body.format(number=1))
    project.doit("unit", LAMINA_AUDIT="0")
    project.write("tests/unit/test_u.py", body.format(number=2))
    project.doit("unit", LAMINA_AUDIT="0")
    found = {test["id"].partition("::")[2]: test for test in project.results()["tests"]}
    assert {name: (test["outcome"], test["cached"]) for name, test in found.items()} == {
        "test_make": ("passed", True),
        "test_skipped": ("skipped", True),
        "test_use": ("passed", False),
        "test_hopeless": ("skipped", False),
    }
    assert found["test_hopeless"]["reason"] == "it depends on tests/unit/test_u.py::test_skipped, which was skipped"


def test_a_faulty_marker_is_said_with_the_test(project: Any) -> None:
    prepared(project).write(
        "tests/unit/test_v.py", "import pytest\n@pytest.mark.resource('nothing')\ndef test_v(): pass\n"
    )
    _, err = project.doit("unit", status=3)
    assert "tests/unit/test_v.py:2: test_v: there is no resource 'nothing'; allowed: gpu, drivers" in err

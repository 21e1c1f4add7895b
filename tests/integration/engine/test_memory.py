"""Runs in which memory, cores or workers are bounded."""

from __future__ import annotations

import itertools
import sys
from typing import Any

import pytest

from lamina.engine import CategoryOutcome
from lamina.history.store import Store
from lamina.layers.model import Category, Filters, ResourceLimits, Settings
from lamina.records import Note

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peaks can be measured on Linux only")

MB = 1_000_000
TAKE = """
import time, pytest
def take(megabytes):
    block = bytearray(megabytes * 1_000_000)
    block[::4096] = b"x" * len(block[::4096])
    return block
"""
# Each says when it held its memory.
TOGETHER = f"""{TAKE}
@pytest.mark.parametrize("number", range(4))
def test_it(number):
    with open("times", "a") as file:
        begin = time.time()
        block = take(120)
        time.sleep(0.3)
        del block
        file.write(f"{{begin}} {{time.time()}}\\n")
"""


def run(
    project: Any, *, slots: int = 2, settings: Settings | None = None, layer: Any = None, **keys: Any
) -> CategoryOutcome:
    keys = {"filters": Filters(rest=True), "timeout_seconds": 60.0, "max_parallel_instances": 4, **keys}
    unit = Category(name="unit", pytest_args=("-p", "no:randomly", "-p", "no:cacheprovider"), **keys)
    engine = project.engine(unit, slots=slots, settings=settings, **(layer or {}))
    try:
        outcome: CategoryOutcome = engine.run_category("unit", fresh=True)
    finally:
        engine.close()
    assert {test.outcome for test in outcome.tests} == {"passed"}
    Store(engine.cache_dir).save(outcome)
    return outcome


def overlaps(project: Any) -> int:
    times = sorted(tuple(map(float, line.split())) for line in project.read("times").splitlines())
    (project.root / "times").unlink()
    return sum(begin < end for (_, end), (begin, _) in itertools.pairwise(times))


def test_what_each_test_takes_is_known_and_kept(project: Any) -> None:
    project.write("test_a.py", f"{TAKE}\ndef test_much(): take(100)\ndef test_little(): pass\n")
    outcome = run(project, slots=1)
    growth = {test.id: test.memory_growth for test in outcome.tests}
    assert 95 * MB < growth["test_a.py::test_much"] < 150 * MB
    assert growth["test_a.py::test_little"] < 10 * MB
    assert all(test.memory_peak > test.memory_growth for test in outcome.tests)
    assert Store(project.root / ".lamina").memory("unit") == {"test_a.py::test_much": growth["test_a.py::test_much"]}


@pytest.mark.parametrize("of", ["category", "layer"])
def test_tests_that_do_not_fit_together_run_one_by_one(project: Any, of: str) -> None:
    project.write("test_a.py", TOGETHER)
    limits = ResourceLimits(memory_mb=280)
    given: dict[str, Any] = {"layer": {"resource_limits": limits}} if of == "layer" else {"resource_limits": limits}
    run(project, slots=3, **given)
    assert overlaps(project) == 0, "not known yet"
    run(project, slots=3, **given)
    assert overlaps(project) == 0
    project.write("test_a.py", TOGETHER.replace("range(4)", "range(3)").replace("0.3", "1"))
    run(project, slots=3)
    assert overlaps(project) > 0, "without the bound they would"


def test_a_test_that_is_larger_than_its_bound_runs_alone(project: Any) -> None:
    project.write("test_a.py", TOGETHER)
    for _ in range(2):
        run(project, slots=2, resource_limits=ResourceLimits(memory_mb=100))
        assert overlaps(project) == 0


def test_a_worker_that_has_grown_is_replaced_between_tests(project: Any) -> None:
    project.write(
        "test_a.py",
        f"{TAKE}\nkept = []\n@pytest.mark.parametrize('number', range(6))\ndef test_it(number): kept.append(take(60))\n",
    )
    outcome = run(project, slots=1, settings=Settings(memory_per_worker_mb=100))
    notes = [event.text for event in project.events if isinstance(event, Note)]
    assert len(outcome.spans) == 3
    assert sum("between tests and is replaced by a fresh one" in note for note in notes) == 3
    assert "unit: worker gw0 held 1" in notes[0]
    assert {span.end for span in outcome.spans} == {"done"}


def test_instances_and_cores_bound_the_workers(project: Any) -> None:
    project.write(
        "test_a.py", "import time, pytest\n@pytest.mark.parametrize('i', range(6))\ndef test_it(i): time.sleep(0.2)\n"
    )
    for given in (
        {"resource_limits": ResourceLimits(instances=1)},
        {"resource_limits": ResourceLimits(cpu=1.5)},
        {"layer": {"resource_limits": ResourceLimits(instances=1)}},
    ):
        assert {test.worker for test in run(project, slots=3, **given).tests} == {"gw0"}
    assert len({test.worker for test in run(project, slots=3).tests}) > 1

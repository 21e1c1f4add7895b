"""Strict isolation together with resources and with tests that depend on others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.engine import CategoryOutcome
from lamina.layers.model import Resource

Outcomes = Callable[[CategoryOutcome], dict[str, str]]

POOL = """
import os

class Driver:
    def __init__(self, number):
        self.number, self.pid = number, os.getpid()
        say(f"made {number}")
    def close(self):
        say(f"closed {self.number}")

def say(text):
    with open("log", "a") as file:
        file.write(f"{text}\\n")

def make(number):
    return Driver(number)
"""
TESTS = """
import os, time
import pytest
from pool import say

@pytest.fixture(scope="module")
def steps():
    say(f"steps {os.getpid()}")
    return []

@pytest.fixture
def alone():
    say("+")
    yield
    say("-")

@pytest.mark.resource("gateway")
@pytest.mark.parametrize("i", range(3))
def test_alone(i, alone):
    time.sleep(0.05)

@pytest.mark.resource("drivers")
@pytest.mark.parametrize("i", range(3))
def test_driver(i, steps, lamina_resource):
    assert lamina_resource("drivers").pid == os.getpid() != os.getppid()
    assert not steps
    steps.append(i)

@pytest.mark.resource("drivers", count=2)
@pytest.mark.depends(on=["test_alone", "test_driver"])
def test_both(lamina_resource):
    assert {one.number for one in lamina_resource("drivers")} == {0, 1}
    assert os.environ["DRIVERS"] == "0,1"
    os.mkdir("both")

@pytest.mark.resource("gateway", "drivers")
@pytest.mark.depends(on=["test_both"])
def test_dies():
    assert os.path.exists("both")
    os.kill(os.getpid(), 9)

@pytest.mark.resource("gateway")
@pytest.mark.depends(on=["test_dies"])
def test_after(): pass

@pytest.mark.resource("gateway", "drivers")
def test_last(alone): pass
"""


def test_tests_hold_and_wait_as_without(project: Any, outcomes: Outcomes) -> None:
    """What a test's own process leaves, killed or not, is free for the next one; shared fixtures are still the worker's."""
    project.resources = (
        Resource(name="gateway"),
        Resource(name="drivers", size=2, factory="pool:make", variable="DRIVERS"),
    )
    project.write(
        "pytest.ini",
        "[pytest]\npythonpath = .\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n",
    )
    project.write("pool.py", POOL)
    project.write("test_a.py", TESTS)
    outcome = project.run(strict_isolation=True, slots=3, max_parallel_instances=3)
    found = {name.partition("::")[2]: result for name, result in outcomes(outcome).items()}
    assert found.pop("test_dies") == "crashed" and found.pop("test_after") == "skipped", found
    assert set(found.values()) == {"passed"} and len(found) == 8, found
    held = {test.id.partition("::")[2]: test.resources for test in outcome.tests}
    assert held["test_both"] == ("drivers[0, 1]",) and held["test_alone[0]"] == ("gateway",)
    lines = project.read("log").split("\n")
    gateway = "".join(line for line in lines if line in ("+", "-"))
    assert gateway == "+-" * 4
    # A worker makes what its tests share once, and each test its own objects, which end with it.
    assert 1 <= sum(line.startswith("steps") for line in lines) <= 3
    assert sum(line.startswith("made") for line in lines) == sum(line.startswith("closed") for line in lines) == 5

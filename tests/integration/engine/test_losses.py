"""What is lost when the session itself is killed, or when the machine has no process left: no test, and no result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lamina.engine import CategoryOutcome
from lamina.layers.model import Settings
from lamina.records import Note

Outcomes = Callable[[CategoryOutcome], dict[str, str]]
KILLS_ITS_SESSION = """
import os, signal, time

def test_before(): pass

def test_killer():
    time.sleep(1.5)
    if not os.path.exists("../killed"):
        open("../killed", "w").close()
        os.kill(os.getppid(), signal.SIGKILL)
        time.sleep(60)

def test_after(): pass
"""
# The first so many attempts to fork find no process left.
SHORT = """
import os, pytest
from lamina.workers import shortage

shortage._PATIENCE_SECONDS = 0.6
fork, left = os.fork, [{times}]

def short():
    if left[0]:
        left[0] -= 1
        raise BlockingIOError(11, "Resource temporarily unavailable")
    return fork()

@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop():
    os.fork = short
"""
# Children that have left the worker's group, and theirs: 63.
STARTS_CHILDREN = """
import os, time

def test_starts_children():
    for _ in range(6):
        if os.fork() == 0:
            os.setsid()
    while True:
        time.sleep(1)

def test_other(): pass
"""
COUNTS_ITS_LIKE = """
import pathlib

def test_last():
    mine = environment(pathlib.Path("/proc/self"))
    others = [one for one in pathlib.Path("/proc").glob("[0-9]*") if environment(one) == mine]
    assert len(others) < 10, others

def environment(process):
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return None
"""


def test_a_killed_session_loses_neither_names_nor_results(project: Any, outcomes: Outcomes) -> None:
    """Its tests are in the report, and what was proven half a second before is in the cache, though nothing came after it."""
    project.write("test_a.py", KILLS_ITS_SESSION)
    settings = Settings(audit_share=0)
    outcome = project.run(slots=1, settings=settings)
    found = outcomes(outcome)
    assert found == {
        "test_a.py::test_before": "passed",
        "test_a.py::test_killer": "not_run",
        "test_a.py::test_after": "not_run",
    }
    reason = "the session process died of SIGKILL while tests ran"
    assert outcome.record.reason == reason
    assert {test.reason for test in outcome.tests if test.outcome == "not_run"} == {reason}
    project.run_id += "-2"
    again = project.run(slots=1, settings=settings)
    assert {test.id.partition("::")[2]: test.cached for test in again.tests} == {
        "test_before": True,
        "test_killer": False,
        "test_after": False,
    }
    assert set(outcomes(again).values()) == {"passed"}


def test_a_session_that_breaks_off_names_its_tests(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "conftest.py",
        "import pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_runtest_logreport():\n    raise RuntimeError('a plugin')\n",
    )
    project.write("test_a.py", "def test_one(): pass\ndef test_two(): pass\n")
    outcome = project.run(slots=1)
    assert outcome.record.outcome == "error"
    assert set(outcomes(outcome)) == {"test_a.py::test_one", "test_a.py::test_two"}


def test_a_worker_for_which_there_is_no_process_is_tried_again(project: Any, outcomes: Outcomes) -> None:
    project.write("conftest.py", SHORT.format(times=2))
    project.write("test_a.py", "def test_one(): pass\ndef test_two(): pass\n")
    assert set(outcomes(project.run(slots=1)).values()) == {"passed"}
    said = [event.text for event in project.events if isinstance(event, Note)]
    assert said == ["unit: no worker can be started (Resource temporarily unavailable)"]


def test_a_strict_test_waits_for_its_process(project: Any, outcomes: Outcomes) -> None:
    """The first fork is the worker's, those after it are the tests'."""
    project.write("conftest.py", SHORT.format(times=3).replace("if left[0]:", "if left[0] and os.getpid() != session:"))
    text = project.read("conftest.py")
    project.write("conftest.py", text + "    global session\n    session = os.getpid()\n")
    project.write("test_a.py", "def test_one(): pass\ndef test_two(): pass\n")
    assert set(outcomes(project.run(slots=1, strict_isolation=True)).values()) == {"passed"}


def test_no_process_at_all(project: Any, outcomes: Outcomes) -> None:
    project.write("conftest.py", SHORT.format(times=1_000_000))
    project.write("test_a.py", "def test_one(): pass\ndef test_two(): pass\n")
    outcome = project.run(slots=1)
    assert (outcome.record.outcome, outcome.record.reason) == (
        "error",
        "unit: no worker can be started (Resource temporarily unavailable)",
    )
    assert set(outcomes(outcome).values()) == {"not_run"} and len(outcome.tests) == 2


@pytest.mark.parametrize("strict", [False, True], ids=["shared", "strict"])
def test_what_a_hanging_test_has_started_ends_with_it(project: Any, outcomes: Outcomes, strict: bool) -> None:
    """Not only at the end of the session, by when it would have kept others from starting anything."""
    project.write("test_a.py", STARTS_CHILDREN)
    project.write("test_z.py", COUNTS_ITS_LIKE)
    outcome = project.run(slots=1, test_timeout_seconds=1.0, strict_isolation=strict)
    assert outcomes(outcome) == {
        "test_a.py::test_starts_children": "timeout",
        "test_a.py::test_other": "passed",
        "test_z.py::test_last": "passed",
    }

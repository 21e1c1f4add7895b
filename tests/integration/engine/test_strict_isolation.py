"""A process of its own for each test, with shared fixtures set up once."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable
from typing import Any

from lamina.engine import CategoryOutcome
from lamina.records import Note, TestRecord

Outcomes = Callable[[CategoryOutcome], dict[str, str]]

SHARED = """
import os, pathlib, pytest, unittest

SEEN = []

def log(text):
    with open("log.txt", "a") as file:
        file.write(f"{text} {os.getpid()}\\n")

@pytest.fixture(scope="session", autouse=True)
def whole():
    print("whole is set up")
    log("whole-up")
    yield []
    log("whole-down")

@pytest.fixture(scope="module", params=["a", "b"])
def parted(request, whole):
    log(f"parted-up-{request.param}")
    yield request.param
    log(f"parted-down-{request.param}")

@pytest.fixture
def own():
    log("own-up")
    yield
    log("own-down")

def alone():
    SEEN.append(1)
    assert SEEN == [1]

def test_one(own, tmp_path):
    alone()
    os.environ["LEFT"] = "1"
    log("test")

def test_two(whole, own):
    alone()
    assert "LEFT" not in os.environ
    whole.append(1)
    assert whole == [1]
    log("test")

def test_parted(parted, whole):
    alone()
    whole.append(1)
    assert whole == [1]
    log("test")

class TestOld(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        log("class-up")
        cls.seen = []

    @classmethod
    def tearDownClass(cls):
        log("class-down")
        assert cls.seen == []

    def test_one(self):
        self.seen.append(1)
        log("test")

    def test_two(self):
        assert self.seen == []
        log("test")
"""


def test_shared_fixtures_are_set_up_once_and_tests_see_nothing_of_each_other(project: Any, outcomes: Outcomes) -> None:
    project.write("test_a.py", SHARED)
    # pytest warns where a fixture is asked for while no test is set up.
    project.write("pytest.ini", "[pytest]\nfilterwarnings = error\nasyncio_default_fixture_loop_scope = function\n")
    outcome = project.run(strict_isolation=True, max_parallel_instances=1)
    assert [(test.id, test.outcome, test.failure) for test in outcome.tests if test.outcome != "passed"] == []
    assert len(outcome.tests) == 6
    lines = [line.split() for line in project.read("log.txt").splitlines()]
    by_kind: dict[str, list[str]] = {}
    for kind, pid in lines:
        by_kind.setdefault(kind, []).append(pid)
    (worker,) = by_kind["whole-up"]
    for kind in (
        "whole-down",
        "parted-up-a",
        "parted-down-a",
        "parted-up-b",
        "parted-down-b",
        "class-up",
        "class-down",
    ):
        assert by_kind[kind] == [worker]
    assert len({*by_kind["test"]}) == 6
    assert worker not in by_kind["test"]
    assert {*by_kind["own-up"]} == {*by_kind["own-down"]} <= {*by_kind["test"]}
    left = {test.id: test.left_behind for test in outcome.tests if test.left_behind}
    assert left == {"test_a.py::test_one": ("environment: LEFT added",)}


def sections(test: TestRecord) -> list[tuple[str, str]]:
    """What passing fixtures write while they are torn down comes after the test's process has ended."""
    told = [(one.heading, one.text) for one in test.sections]
    return [one for one in told if test.outcome == "error" or not one[0].endswith(" teardown")]


def test_outcomes_and_texts_are_as_without(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        """
        import logging, pytest, sys, warnings

        @pytest.fixture(scope="module")
        def loud():
            print("loud is set up")
            logging.warning("logged by loud")
            warnings.warn("warned by loud")
            yield
            print("loud is torn down")

        @pytest.fixture(scope="module")
        def broken():
            raise ValueError("it is broken")

        @pytest.fixture(scope="module")
        def refusing():
            pytest.skip("not here")

        @pytest.fixture(scope="module")
        def costly():
            open("costly", "w").close()

        @pytest.fixture(scope="class")
        def breaks_late():
            yield
            print("torn down too late")
            raise ValueError("late")

        def test_loud(loud):
            print("in the test", file=sys.stderr)
            assert False

        def test_broken_1(broken): pass
        def test_broken_2(broken): pass
        def test_refusing(refusing): pass

        @pytest.mark.skip(reason="never")
        def test_skipped(costly): pass

        @pytest.mark.xfail(run=False, reason="no use")
        def test_not_run(costly): pass

        @pytest.mark.xfail(reason="known")
        def test_expected():
            assert False

        class TestLate:
            def test_one(self, breaks_late): pass
            def test_two(self, breaks_late): pass

        def test_subtests(subtests):
            with subtests.test("part"):
                assert False
        """,
    )
    plain = project.run(max_parallel_instances=1)
    strict = project.run(max_parallel_instances=1, strict_isolation=True)
    assert outcomes(strict) == outcomes(plain)
    assert not (project.root / "costly").exists()
    by_id = {test.id: test for test in strict.tests}
    for test in plain.tests:
        other = by_id[test.id]
        assert re.sub("0x[0-9a-f]+", "", other.failure) == re.sub("0x[0-9a-f]+", "", test.failure)
        assert sections(other) == sections(test)
    assert strict.record.summary.count("warned by loud") == plain.record.summary.count("warned by loud") > 0


def test_a_child_that_dies_costs_only_its_test(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        """
        import ctypes, os, signal, subprocess, sys, time, pytest

        @pytest.fixture(scope="session", autouse=True)
        def whole():
            with open("log.txt", "a") as file:
                file.write("up\\n")

        def test_before(): pass

        def test_killed():
            print("what it said")
            sys.stdout.flush()
            os.kill(os.getpid(), signal.SIGKILL)

        def test_faulting():
            ctypes.string_at(0)

        def test_leaving():
            os._exit(0)

        def test_leaving_a_child():
            # It has the pipe of its parent open, and lives longer.
            if os.fork() == 0:
                time.sleep(1000)

        def test_after(): pass
        """,
    )
    began = time.monotonic()
    outcome = project.run(strict_isolation=True, max_parallel_instances=1)
    assert time.monotonic() - began < 40
    assert outcomes(outcome) == {
        "test_a.py::test_before": "passed",
        "test_a.py::test_killed": "crashed",
        "test_a.py::test_faulting": "crashed",
        "test_a.py::test_leaving": "crashed",
        "test_a.py::test_leaving_a_child": "passed",
        "test_a.py::test_after": "passed",
    }
    by_name = {test.id.partition("::")[2]: test for test in outcome.tests}
    assert by_name["test_killed"].attempts[0].message == "the test's process died of SIGKILL"
    assert "what it said" in by_name["test_killed"].failure
    assert "Segmentation fault" in by_name["test_faulting"].failure
    assert "what it said" not in by_name["test_faulting"].failure
    assert "test_a.py" in by_name["test_faulting"].failure
    assert "Segmentation" not in by_name["test_leaving"].failure
    assert by_name["test_leaving"].attempts[0].message.endswith("exit status 0")
    assert project.read("log.txt") == "up\n"
    assert not any(isinstance(event, Note) and "replaced" in event.text for event in project.events)


def test_a_hanging_child_is_shown_and_ended_and_fixtures_are_torn_down(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        """
        import os, time, pytest

        @pytest.fixture(scope="session", autouse=True)
        def whole():
            yield
            open(f"down-{os.getpid()}", "w").close()

        @pytest.fixture
        def own():
            yield
            open("own-down", "w").close()

        def test_hangs(own):
            open("child", "w").write(str(os.getpid()))
            sleeps_here()

        def sleeps_here():
            time.sleep(1000)

        def test_after(): pass
        """,
    )
    outcome = project.run(strict_isolation=True, max_parallel_instances=1, test_timeout_seconds=1.0)
    assert outcomes(outcome) == {"test_a.py::test_hangs": "timeout", "test_a.py::test_after": "passed"}
    assert "sleeps_here" in outcome.tests[0].failure
    assert (project.root / "own-down").exists()
    assert len([path for path in project.root.iterdir() if path.name.startswith("down-")]) == 2
    child = int(project.read("child"))
    assert not os.path.exists(f"/proc/{child}") or os.getpid() == child


def test_with_threads_alive_the_worker_is_the_tests_own_process(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        """
        import os, threading, time, pytest

        @pytest.fixture(scope="module")
        def server():
            end = threading.Event()
            thread = threading.Thread(target=end.wait)
            thread.start()
            yield
            end.set()
            thread.join()

        @pytest.mark.parametrize("i", range(3))
        def test_it(server, i):
            open(f"pid-{os.getpid()}", "w").close()

        def test_without(): pass
        """,
    )
    outcome = project.run(strict_isolation=True, max_parallel_instances=1)
    assert set(outcomes(outcome).values()) == {"passed"}
    assert len([path for path in project.root.iterdir() if path.name.startswith("pid-")]) == 3


def test_it_stops_after_the_first_failure(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py", "import pytest\n@pytest.mark.parametrize('i', range(50))\ndef test_it(i): assert i != 2\n"
    )
    outcome = project.run("-x", strict_isolation=True, max_parallel_instances=1)
    found = outcomes(outcome)
    assert found["test_a.py::test_it[2]"] == "failed"
    assert list(found.values()).count("not_run") == 47


def test_coverage_of_children_is_whole(project: Any) -> None:
    project.write("covered.py", "def one():\n    return 1\n\n\ndef two():\n    return 2\n")
    project.write("conftest.py", "import sys\nsys.path.insert(0, '.')\n")
    project.write(
        "test_a.py",
        "import covered\ndef test_one():\n    assert covered.one() == 1\n\ndef test_two():\n    assert covered.two() == 2\n",
    )
    outcome = project.run("--cov=covered", "--cov-report=term", strict_isolation=True, max_parallel_instances=1)
    assert "100%" in outcome.record.summary

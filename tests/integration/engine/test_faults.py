"""Tests that kill, hang or confuse their worker, and sessions that never get to run a test."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from lamina.engine import CategoryOutcome
from lamina.records import Note
from lamina.workers.processes import members, token_of

Outcomes = Callable[[CategoryOutcome], dict[str, str]]
FIVE = "\n\ndef test_before(): pass\n\n{}\n\n@pytest.mark.parametrize('i', range(3))\ndef test_after(i): pass\n"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("os._exit(7)", "exit status 7"),
        ("os.abort()", "SIGABRT"),
    ],
)
def test_a_dead_worker_costs_only_its_running_test(project: Any, outcomes: Outcomes, body: str, said: str) -> None:
    killer = f"def test_killer():\n    {body}\n"
    project.write("test_a.py", "import os, signal, pytest\n" + FIVE.format(killer))
    outcome = project.run()
    assert outcomes(outcome) == {
        "test_a.py::test_before": "passed",
        "test_a.py::test_killer": "crashed",
        **{f"test_a.py::test_after[{number}]": "passed" for number in range(3)},
    }
    killed = next(test for test in outcome.tests if test.outcome == "crashed")
    assert killed.attempts[0].message == f"the worker died of {said} while the test ran"
    assert outcome.record.outcome == "failed"
    assert any(isinstance(event, Note) and "is replaced" in event.text for event in project.events)
    assert said in {span.end for span in outcome.spans}


def test_a_segmentation_fault_shows_where(project: Any) -> None:
    project.write("test_a.py", "import os, signal\ndef test_it():\n    os.kill(os.getpid(), signal.SIGSEGV)\n")
    failure = project.run().tests[0].failure
    assert "Segmentation fault" in failure
    assert "test_a.py" in failure


def test_a_fixture_that_kills_the_process(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        """
        import os, pytest

        @pytest.fixture(scope="session")
        def killer():
            os._exit(3)

        def test_one(killer): pass
        def test_two(killer): pass
        def test_three(): pass
        """,
    )
    assert outcomes(project.run()) == {
        "test_a.py::test_one": "crashed",
        "test_a.py::test_two": "crashed",
        "test_a.py::test_three": "passed",
    }


def test_a_hanging_test_is_shown_with_all_its_threads(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        """
        import threading, time

        def wait_in_the_background():
            time.sleep(60)

        def test_hangs():
            threading.Thread(target=wait_in_the_background, daemon=True).start()
            time.sleep(60)

        def test_other(): pass
        """,
    )
    outcome = project.run("-p", "no:timeout", test_timeout_seconds=0.5)
    assert outcomes(outcome) == {"test_a.py::test_hangs": "timeout", "test_a.py::test_other": "passed"}
    hung = next(test for test in outcome.tests if test.outcome == "timeout")
    assert "in wait_in_the_background" in hung.failure
    assert "in test_hangs" in hung.failure
    assert hung.attempts[0].message == "Timeout: it ran longer than its limit of 0.5 s"


def test_the_timeout_marker_without_its_plugin(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        """
        import time, pytest

        @pytest.mark.timeout(0.3)
        def test_hangs():
            time.sleep(60)

        def test_other(): pass
        """,
    )
    outcome = project.run("-p", "no:timeout", "--strict-markers")
    assert outcomes(outcome) == {"test_a.py::test_hangs": "timeout", "test_a.py::test_other": "passed"}


def test_a_timeout_lets_fixtures_be_torn_down(project: Any) -> None:
    project.write(
        "test_a.py",
        """
        import time, pytest

        @pytest.fixture(scope="module")
        def thing():
            yield
            open("torn_down", "w").close()

        def test_hangs(thing):
            time.sleep(60)
        """,
    )
    project.run("-p", "no:timeout", test_timeout_seconds=0.3)
    assert (project.root / "torn_down").exists()


def test_asked_to_end_while_it_sends_a_result(project: Any, outcomes: Outcomes) -> None:
    """The half of a result that got through is not taken for the beginning of what its fixture's teardown says."""
    project.write(
        "conftest.py",
        """
        import os, time
        from lamina.workers import forked

        def write_slowly(descriptor, data):
            if b"test_hangs" in data and b"torn" not in data:
                os.write(descriptor, data[:100])
                time.sleep(60)
            os.write(descriptor, data)

        forked.write = write_slowly
        """,
    )
    project.write(
        "test_a.py",
        """
        import pytest

        @pytest.fixture(scope="session")
        def thing():
            yield
            raise ValueError("torn" * 1000)

        def test_hangs(thing): pass

        def test_other(): pass
        """,
    )
    outcome = project.run("-p", "no:timeout", test_timeout_seconds=0.5)
    assert outcomes(outcome) == {"test_a.py::test_hangs": "timeout", "test_a.py::test_other": "passed"}
    assert outcome.record.outcome == "failed"


def test_a_category_over_its_limit(project: Any, outcomes: Outcomes) -> None:
    body = "import time, pytest\n@pytest.mark.parametrize('i', range(4))\ndef test_it(i):\n    time.sleep(60)\n"
    project.write("test_a.py", body)
    for limit in (1.5, 6.0, 24.0):  # a busy machine may need it for the collection already
        outcome = project.run("-p", "no:timeout", timeout_seconds=limit)
        counts = outcome.record.counts
        if counts:
            break
    assert counts["timeout"] + counts["not_run"] == 4
    assert counts["timeout"] in (1, 2)
    reasons = {test.reason for test in outcome.tests if test.outcome == "not_run"}
    assert reasons == {f"over its limit of {limit:g} s (timeout_seconds)"}
    assert outcome.record.outcome == "failed"


def test_an_import_that_hangs(project: Any) -> None:
    project.write("test_a.py", "import time\ndef stuck():\n    time.sleep(60)\nstuck()\ndef test_it(): pass\n")
    outcome = project.run(timeout_seconds=6)
    assert outcome.record.outcome == "error"
    assert outcome.record.reason == "collection did not end: over its limit of 6 s (timeout_seconds)"
    assert "in stuck" in outcome.record.summary


def test_a_conftest_that_raises(project: Any) -> None:
    project.write("conftest.py", "raise ValueError('not today')\n")
    project.write("test_a.py", "def test_it(): pass\n")
    outcome = project.run()
    assert outcome.record.outcome == "error"
    assert "not today" in outcome.record.summary
    assert outcome.tests == []


def test_a_conftest_that_ends_the_process(project: Any) -> None:
    project.write("conftest.py", "import os\nprint('so long', flush=True)\nos._exit(5)\n")
    outcome = project.run()
    assert outcome.record.outcome == "error"
    assert outcome.record.reason == "the session process ended with exit status 5 while it imported and collected tests"


def test_a_plugin_that_raises(project: Any) -> None:
    """What is wrong is the problem; where it was is in the summary, which the report shows."""
    project.write("conftest.py", "def pytest_collection_modifyitems():\n    raise ValueError('an odd\\nthing')\n")
    project.write("test_a.py", "def test_it(): pass\n")
    record = project.run().record
    assert record.outcome == "error"
    assert record.reason.splitlines()[0] == "ValueError: an odd"
    assert "Traceback (most recent call last):" in record.summary
    assert "in pytest_collection_modifyitems" in record.summary


def test_an_unknown_option_of_pytest(project: Any) -> None:
    project.write("test_a.py", "def test_it(): pass\n")
    outcome = project.run("--no-such-option")
    assert outcome.record.outcome == "error"
    assert "--no-such-option" in outcome.record.reason


def test_a_file_with_a_syntax_error_stops_the_category_as_under_pytest(project: Any, outcomes: Outcomes) -> None:
    project.write("test_a.py", "def test_it(: pass\n")
    project.write("test_b.py", "def test_it(): pass\n")
    outcome = project.run()
    assert outcomes(outcome) == {"test_a.py": "error", "test_b.py::test_it": "not_run"}
    assert outcome.record.outcome == "error"
    assert next(test.reason for test in outcome.tests if test.outcome == "not_run") == "test_a.py can't be collected"
    assert "SyntaxError" in next(test.failure for test in outcome.tests if test.outcome == "error")


def test_no_test_at_all(project: Any) -> None:
    outcome = project.run()
    assert (outcome.record.outcome, outcome.record.reason, outcome.tests) == ("empty", "no test matches", [])


@pytest.mark.parametrize("way", ["pytest.exit('enough')", "raise KeyboardInterrupt"])
def test_a_test_that_ends_the_session(project: Any, outcomes: Outcomes, way: str) -> None:
    project.write(
        "test_a.py",
        f"import pytest\ndef test_one(): pass\ndef test_two():\n    {way}\ndef test_three(): pass\n",
    )
    outcome = project.run(slots=1)
    assert outcomes(outcome)["test_a.py::test_one"] == "passed"
    assert outcomes(outcome)["test_a.py::test_three"] == "not_run"
    assert outcome.record.outcome in ("not_run", "error")


def test_maxfail_stops_the_category(project: Any) -> None:
    body = "import pytest, time\n@pytest.mark.parametrize('i', range(50))\ndef test_it(i):\n    time.sleep(0.05)\n    assert 0\n"
    project.write("test_a.py", body)
    outcome = project.run("-x")
    counts = outcome.record.counts
    assert 1 <= counts["failed"] <= 4  # each worker ends after its first; one more may have begun
    assert counts["failed"] + counts["not_run"] == 50
    reasons = {test.reason for test in outcome.tests if test.outcome == "not_run"}
    assert len(reasons) == 1 and reasons.pop().startswith("stopping after ")


LOST = """
import os, signal, pytest
from lamina.workers import board

class Words:
    # A worker's view of the board: in the first worker that gets there, the given write is its last.
    def __init__(self, words):
        self.words = words
        self.left = {left}

    def __getitem__(self, index):
        return self.words[index]

    def __setitem__(self, index, value):
        if self.left == 0 and not os.path.exists("killed"):
            open("killed", "w").close()
            os.kill(os.getpid(), signal.SIGKILL)
        self.left -= 1
        self.words[index] = value

original = board.Board.claim

def claim(self, worker):
    if not isinstance(self._words, Words):
        self._words = Words(self._words)
    return original(self, worker)

@pytest.hookimpl(tryfirst=True)
def pytest_runtestloop():
    board.Board.claim = claim
"""


@pytest.mark.parametrize("left", [1, 4, 5, 6, 7, 8, 11, 14])
def test_a_worker_killed_while_it_takes_tests_loses_none(project: Any, outcomes: Outcomes, left: int) -> None:
    """At some of these writes it has begun the test, as far as anybody can tell."""
    project.write("conftest.py", LOST.format(left=left))
    tests = "import pytest\n@pytest.mark.parametrize('i', range(20))\ndef test_it(i):\n    open('ran', 'a').write(f'{i} ')\n"
    project.write("test_a.py", tests)
    found = outcomes(project.run())
    assert (project.root / "killed").exists()
    assert len(found) == 20
    assert set(found.values()) <= {"passed", "crashed"} and list(found.values()).count("crashed") <= 1
    ran = project.read("ran").split()
    assert len(ran) == len(set(ran)) == list(found.values()).count("passed")


@pytest.mark.parametrize("threads", [False, True], ids=["forked", "spawned"])
def test_workers_that_never_get_to_a_test_end_the_session(project: Any, outcomes: Outcomes, threads: bool) -> None:
    thread = "threading.Thread(target=threading.Event().wait, daemon=True).start()\n" if threads else ""
    project.write(
        "conftest.py",
        "import os, threading\nfrom lamina.workers import board\n"
        "def claim(board, worker):\n    raise RuntimeError('no board')\n"
        f"board.Board.claim = claim\n{thread}",
    )
    project.write("test_a.py", "def test_one(): pass\ndef test_two(): pass\n")
    outcome = project.run()
    assert outcomes(outcome) == {"test_a.py::test_one": "not_run", "test_a.py::test_two": "not_run"}
    assert outcome.record.outcome == "error"
    assert outcome.record.reason.startswith("workers end before they run a test: ")


def test_a_child_that_comes_back_from_its_test(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        """
        import os, time

        def test_forks():
            if os.fork():
                time.sleep(0.3)

        def test_other():
            with open("ran", "a") as file:
                file.write("x")
        """,
    )
    assert set(outcomes(project.run("-W", "ignore", slots=1)).values()) == {"passed"}
    assert project.read("ran") == "x"


def test_an_interrupt_ends_everything_within_two_seconds(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        """
        import subprocess, sys, time, pytest

        @pytest.mark.parametrize("i", range(6))
        def test_it(i):
            child = "import time; time.sleep(600)"
            subprocess.Popen([sys.executable, "-c", child], start_new_session=True)
            open(f"started-{i}", "w").close()
            time.sleep(600)
        """,
    )
    engine = project.engine(category_of_all(), slots=2)
    took: list[float] = []
    runner = threading.Thread(target=lambda: took.append(_timed(engine)))
    runner.start()
    deadline = time.monotonic() + 20
    while len(list(project.root.glob("started-*"))) < 2 and time.monotonic() < deadline:
        time.sleep(0.02)
    began = time.monotonic()
    engine.interrupt()
    runner.join(10)
    assert not runner.is_alive()
    assert time.monotonic() - began < 2.5  # two seconds, and what a busy machine adds
    assert members(token_of(project.run_id, "unit") + ":") == []
    result = engine_outcome[0]
    assert set(outcomes(result).values()) == {"not_run"}
    assert result.record.outcome == "not_run"


engine_outcome: list[CategoryOutcome] = []


def category_of_all() -> Any:
    from lamina.layers.model import Category, Filters

    return Category(name="unit", timeout_seconds=60.0, max_parallel_instances=2, filters=Filters(rest=True))


def _timed(engine: Any) -> float:
    began = time.monotonic()
    engine_outcome[:] = [engine.run_category("unit")]
    return time.monotonic() - began

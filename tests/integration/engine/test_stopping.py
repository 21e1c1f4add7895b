"""Runs that end before their last test: too many failures, infrastructure that is gone, a layer that takes too long."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from lamina.engine import CategoryOutcome
from lamina.layers.model import Category, Filters, Settings
from lamina.records import Note

FAILING = "import pytest\n@pytest.mark.parametrize('i', range(100))\ndef test_it(i): assert i % 2\n"
THREE = "stopped after 3 failures (fail_fast_threshold)"


def unit(**keys: Any) -> Category:
    keys = {"filters": Filters(rest=True), "timeout_seconds": 60.0, "max_parallel_instances": 2, **keys}
    return Category(name=keys.pop("name", "unit"), pytest_args=("-p", "no:randomly", "-p", "no:cacheprovider"), **keys)


def run(
    project: Any, *, slots: int = 2, settings: Settings | None = None, layer: Any = None, **keys: Any
) -> CategoryOutcome:
    engine = project.engine(unit(**keys), slots=slots, settings=settings, **(layer or {}))
    try:
        outcome: CategoryOutcome = engine.run_category("unit")
        return outcome
    finally:
        engine.close()


def counts(outcome: CategoryOutcome) -> Counter[str]:
    assert outcome.record.counts == dict(Counter(test.outcome for test in outcome.tests))
    return Counter(outcome.record.counts)


def test_it_stops_after_so_many_failures(project: Any) -> None:
    project.write("test_a.py", FAILING)
    outcome = run(project, slots=1, settings=Settings(fail_fast_threshold=3))
    assert counts(outcome)["failed"] == 3
    assert len(outcome.tests) == 100
    assert {test.reason for test in outcome.tests if test.outcome == "not_run"} == {THREE}
    assert (outcome.record.outcome, outcome.record.reason) == ("failed", THREE)


def test_what_runs_comes_to_its_end(project: Any) -> None:
    project.write(
        "test_a.py", "import time\ndef test_a():\n    time.sleep(0.2)\n    assert 0\ndef test_b(): time.sleep(1)\n"
    )
    project.write("test_c.py", "def test_c(): pass\ndef test_d(): pass\n")
    outcome = run(project, settings=Settings(fail_fast_threshold=1))
    assert counts(outcome)["failed"] == 1
    assert counts(outcome)["passed"] >= 1
    assert next(test for test in outcome.tests if test.id.endswith("test_b")).outcome in ("passed", "not_run")


def test_or_at_once(project: Any) -> None:
    project.write("test_a.py", "import time\ndef test_a():\n    time.sleep(0.5)\n    assert 0\n")
    project.write("test_b.py", "import time\ndef test_b(): time.sleep(30)\n")
    outcome = run(project, settings=Settings(fail_fast_threshold=1, fail_fast_mode="now"))
    assert {test.id: test.outcome for test in outcome.tests} == {
        "test_a.py::test_a": "failed",
        "test_b.py::test_b": "not_run",
    }
    assert outcome.record.duration < 20


def test_a_layer_s_threshold(project: Any) -> None:
    project.write("test_a.py", FAILING)
    outcome = run(project, slots=1, layer={"fail_fast_threshold": 2})
    assert counts(outcome)["failed"] == 2
    assert outcome.record.reason == "stopped after 2 failures (the layer's fail_fast_threshold in layer)"


def test_fewer_failures_stop_nothing(project: Any) -> None:
    project.write("test_a.py", FAILING)
    assert counts(run(project, settings=Settings(fail_fast_threshold=51))) == {"failed": 50, "passed": 50}


def test_a_crash_is_a_failure_and_the_last_test_may_be_the_one(project: Any) -> None:
    project.write("test_a.py", "import os\ndef test_a(): pass\ndef test_b(): os._exit(1)\n")
    outcome = run(project, slots=1, settings=Settings(fail_fast_threshold=1))
    assert counts(outcome) == {"passed": 1, "crashed": 1}
    assert outcome.record.outcome == "failed"


def test_other_categories_end_as_well(project: Any) -> None:
    project.write("one/test_a.py", "import time\ndef test_a():\n    time.sleep(1)\n    assert 0\n")
    project.write(
        "two/test_b.py",
        "import time, pytest\n@pytest.mark.parametrize('i', range(60))\ndef test_b(i): time.sleep(0.1)\n",
    )
    categories = [
        unit(name=name, filters=Filters(include_patterns=(f"{name}/**",)), max_parallel_instances=1)
        for name in ("one", "two")
    ]
    engine = project.engine(*categories, settings=Settings(fail_fast_threshold=1))
    with ThreadPoolExecutor() as pool:
        one, two = pool.map(lambda name: engine.run_category(name, files=[f"{name}/test_x.py"]), ("one", "two"))
    again = engine.run_category("two", files=["two/test_b.py"], fresh=True)
    engine.close()
    reason = "stopped after 1 failure (fail_fast_threshold)"
    assert one.record.outcome == "failed"
    assert (two.record.outcome, two.record.reason) == ("not_run", reason)
    assert counts(two)["passed"] and counts(two)["not_run"]
    assert (again.record.outcome, again.record.reason, again.tests) == ("not_run", reason, [])


BROKEN = """
import pytest
@pytest.fixture
def database(): raise ConnectionRefusedError("no database")
@pytest.mark.parametrize('i', range({tests}))
def test_it(i, database): pass
"""


def test_a_breaker_opens_and_closes_again(project: Any) -> None:
    # What the tests need comes back during the pause, the only time for which nobody asks for it.
    project.write(
        "conftest.py",
        """
        import time, pytest, pathlib
        asked = pathlib.Path("asked")
        @pytest.fixture
        def database():
            before, now = float(asked.read_text()) if asked.exists() else time.time(), time.time()
            if now - before < 1.5:
                asked.write_text(str(now))
                raise ConnectionRefusedError("no database")
            asked.write_text("0")
        """,
    )
    tests = "import pytest\n@pytest.mark.parametrize('i', range(300))\ndef test_it(i, database): pass\n"
    project.write("test_a.py", tests)
    outcome = run(project, slots=1, settings=Settings(circuit_breaker_threshold=4, circuit_breaker_pause_seconds=2))
    found = counts(outcome)
    assert 4 <= found["error"] < 300
    assert found == {"error": found["error"], "passed": 300 - found["error"]}
    notes = [event.text for event in project.events if isinstance(event, Note)]
    assert any("tests in a row failed for infrastructure reasons (last: test_a.py" in note for note in notes)
    assert "unit: a test got through, so it goes on" in notes


def test_a_breaker_gives_up(project: Any) -> None:
    project.write("test_a.py", BROKEN.format(tests=50))
    outcome = run(project, slots=1, settings=Settings(circuit_breaker_threshold=4, circuit_breaker_pause_seconds=0.1))
    # Results are taken in batches: a few tests more may run before it opens.
    assert 7 <= counts(outcome)["error"] < 50
    assert set(counts(outcome)) == {"error", "not_run"}
    reasons = {test.reason for test in outcome.tests if test.outcome == "not_run"}
    assert len(reasons) == 1
    assert "tests in a row failed for infrastructure reasons, the last 3 each after a pause" in reasons.pop()
    assert "circuit breaker" in outcome.record.reason


def test_a_broken_file_does_not_keep_the_others_from_running(project: Any) -> None:
    project.write("test_a.py", BROKEN.format(tests=50))
    project.write("test_b.py", "import pytest\n@pytest.mark.parametrize('i', range(30))\ndef test_it(i): pass\n")
    settings = Settings(circuit_breaker_threshold=4, circuit_breaker_pause_seconds=0.1)
    assert counts(run(project, slots=1, settings=settings))["passed"] == 30


def test_a_layer_that_takes_too_long(project: Any) -> None:
    project.write("test_a.py", "import time\ndef test_a(): pass\ndef test_b(): time.sleep(60)\ndef test_c(): pass\n")
    outcome = run(project, slots=1, layer={"max_duration_minutes": 0.1})
    assert outcome.record.reason == "its layer layer is over its limit of 0.1 min (max_duration_minutes)"
    assert counts(outcome) == {"passed": 1, "timeout": 1, "not_run": 1}

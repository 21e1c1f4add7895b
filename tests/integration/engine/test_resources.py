"""Tests that hold named resources: who runs beside whom, over workers and categories."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from lamina.engine import CategoryOutcome
from lamina.layers.model import Category, Filters, Need, Resource

Outcomes = Callable[[CategoryOutcome], dict[str, str]]

# What tests use to say when they run: a line at the begin and one at the end, in the order in which they happen.
CONFTEST = """
import contextlib, os, time
import pytest

def say(text):
    descriptor = os.open("said", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, (text + "\\n").encode())
    os.close(descriptor)

@pytest.fixture
def busy(request):
    say(f"+{request.node.name}")
    time.sleep(0.03)
    yield say
    say(f"-{request.node.name}")
"""


def running_together(project: Any) -> list[set[str]]:
    """The sets of tests that ran at the same time, one for each begin."""
    now: set[str] = set()
    found = []
    for line in project.read("said").split():
        if line[0] == "+":
            now = now | {line[1:]}
            found.append(now)
        else:
            now = now - {line[1:]}
    assert not now
    return found


def most(project: Any, begin: str) -> int:
    """How many tests whose names begin so ran at one time at most."""
    return max(sum(name.startswith(begin) for name in names) for names in running_together(project))


def run_both(project: Any, names: str, slots: int, **options: Any) -> dict[str, CategoryOutcome]:
    """Runs categories at the same time, each with the tests of the folder of its name."""
    quiet = ("-p", "no:randomly", "-p", "no:cacheprovider")
    categories = [
        Category(
            name=name,
            filters=Filters(include_patterns=(f"{name}/**",)),
            pytest_args=quiet,
            timeout_seconds=60,
            **options,
        )
        for name in names
    ]
    engine = project.engine(*categories, slots=slots)
    results: dict[str, CategoryOutcome] = {}

    def run(name: str) -> None:
        results[name] = engine.run_category(name, files=[f"{name}/test_{name}.py"])

    threads = [threading.Thread(target=run, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.close()
    return results


@pytest.fixture
def shop(project: Any) -> Any:
    project.resources = (Resource(name="gateway"), Resource(name="drivers", size=2))
    project.write("conftest.py", CONFTEST)
    return project


def test_an_exclusive_resource_is_held_by_one_test_while_others_run(shop: Any, outcomes: Outcomes) -> None:
    shop.write(
        "test_a.py",
        """
        import pytest

        @pytest.mark.resource("gateway")
        @pytest.mark.parametrize("i", range(8))
        def test_pay(i, busy): pass

        @pytest.mark.parametrize("i", range(20))
        def test_other(i, busy): pass
        """,
    )
    outcome = shop.run(slots=4, max_parallel_instances=4)
    assert set(outcomes(outcome).values()) == {"passed"} and len(outcome.tests) == 28
    assert most(shop, "test_pay") == 1
    assert most(shop, "test_other") > 1
    held = {test.id: test.resources for test in outcome.tests}
    assert held["test_a.py::test_pay[0]"] == ("gateway",) and held["test_a.py::test_other[0]"] == ()


def test_shared_holders_run_together_but_not_with_an_exclusive_one(shop: Any, outcomes: Outcomes) -> None:
    shop.write(
        "test_a.py",
        """
        import time
        import pytest

        @pytest.mark.resource("gateway", shared=True)
        @pytest.mark.parametrize("i", range(8))
        def test_read(i, busy): time.sleep(0.3)

        @pytest.mark.resource("gateway")
        @pytest.mark.parametrize("i", range(4))
        def test_write(i, busy): time.sleep(0.3)
        """,
    )
    outcome = shop.run(slots=4, max_parallel_instances=4)
    assert set(outcomes(outcome).values()) == {"passed"}
    assert most(shop, "test_read") > 1
    for names in running_together(shop):
        writers = sum(name.startswith("test_write") for name in names)
        assert writers == 0 or len(names) == 1
    assert {name for test in outcome.tests for name in test.resources} == {"gateway", "gateway (shared)"}


def test_a_pool_bounds_how_many_run_and_hands_out_different_members(shop: Any, outcomes: Outcomes) -> None:
    shop.write(
        "test_a.py",
        """
        import time
        import pytest

        @pytest.mark.resource("drivers")
        @pytest.mark.parametrize("i", range(6))
        def test_one(i, busy, lamina_resource):
            number = lamina_resource("drivers")
            busy(f"+driver-{number}"); time.sleep(0.3); busy(f"-driver-{number}")

        @pytest.mark.resource("drivers", count=2)
        def test_both(busy, lamina_resource):
            assert sorted(lamina_resource("drivers")) == [0, 1]
        """,
    )
    outcome = shop.run(slots=4, max_parallel_instances=4)
    assert set(outcomes(outcome).values()) == {"passed"}
    assert most(shop, "test_") == most(shop, "driver-") == 2
    lines = shop.read("said").split()
    for number in range(2):
        ours = [line[0] for line in lines if line[1:] == f"driver-{number}"]
        assert all(one != other for one, other in pairwise(ours))
    assert all("test_both" not in names or len(names) == 1 for names in running_together(shop))


def test_a_resource_is_held_over_categories_and_those_of_a_category_by_each_of_its_tests(
    shop: Any, outcomes: Outcomes
) -> None:
    for folder in "ab":
        shop.write(
            f"{folder}/test_{folder}.py",
            f"import pytest\n@pytest.mark.parametrize('i', range(6))\ndef test_{folder}(i, busy): pass\n",
        )
    results = run_both(shop, "ab", slots=4, resources=(Need(name="gateway"),))
    for name in "ab":
        assert set(outcomes(results[name]).values()) == {"passed"} and len(results[name].tests) == 6
    assert all(len(names) == 1 for names in running_together(shop))


def test_tests_bound_by_a_module_fixture_hold_together_what_any_of_them_needs(shop: Any, outcomes: Outcomes) -> None:
    shop.write(
        "test_a.py",
        """
        import pytest

        @pytest.fixture(scope="module")
        def account(): return []

        def test_first(account, busy): account.append(1)
        @pytest.mark.resource("gateway")
        def test_bound(account, busy): assert account == [1]
        def test_last(account, busy): assert account == [1]
        """,
    )
    shop.write("test_b.py", "import pytest\n@pytest.mark.resource('gateway')\ndef test_beside(busy): pass\n")
    outcome = shop.run(slots=3, max_parallel_instances=3)
    assert set(outcomes(outcome).values()) == {"passed"}
    assert all(len(names) == 1 for names in running_together(shop))


def test_what_a_dead_worker_held_is_free_again(shop: Any, outcomes: Outcomes) -> None:
    shop.write(
        "test_a.py",
        """
        import os
        import pytest

        pytestmark = pytest.mark.resource("drivers", count=2)

        def test_dies(): os._exit(3)
        def test_next(busy): pass
        @pytest.fixture(scope="module")
        def shared(): pass
        def test_dies_in_a_module(shared): os._exit(3)
        def test_goes_on(shared): pass
        """,
    )
    assert outcomes(shop.run()) == {
        "test_a.py::test_dies": "crashed",
        "test_a.py::test_next": "passed",
        "test_a.py::test_dies_in_a_module": "crashed",
        "test_a.py::test_goes_on": "passed",
    }


def test_a_resource_is_held_until_the_test_is_torn_down(shop: Any, outcomes: Outcomes) -> None:
    shop.write(
        "test_a.py",
        """
        import time
        import pytest
        from conftest import say

        @pytest.fixture
        def slow(request):
            say(f"+{request.node.name}")
            yield
            time.sleep(0.2)
            say(f"-{request.node.name}")

        @pytest.mark.resource("gateway")
        @pytest.mark.parametrize("i", range(3))
        def test_it(i, slow): time.sleep(0.3)
        """,
    )
    shop.write("pytest.ini", "[pytest]\npythonpath = .\n")
    assert set(outcomes(shop.run()).values()) == {"passed"}
    assert most(shop, "test_it") == 1


def test_a_variable_tells_the_members_and_is_taken_back(project: Any, outcomes: Outcomes) -> None:
    project.resources = (
        Resource(name="accounts", values=("alice", "bob"), variable="SHOP_ACCOUNT"),
        Resource(name="gpu", values=("4", "7")),
    )
    project.write(
        "test_a.py",
        """
        import os
        import pytest

        @pytest.mark.resource("accounts")
        def test_one(lamina_resource):
            assert os.environ["SHOP_ACCOUNT"] == lamina_resource("accounts") in ("alice", "bob")

        @pytest.mark.resource("accounts", count=2)
        def test_both(): assert os.environ["SHOP_ACCOUNT"] == "alice,bob"

        @pytest.mark.resource("gpu")
        def test_device(): assert os.environ["CUDA_VISIBLE_DEVICES"] in ("4", "7")

        def test_without(): assert "SHOP_ACCOUNT" not in os.environ
        """,
    )
    outcome = project.run(max_parallel_instances=1)
    assert set(outcomes(outcome).values()) == {"passed"}
    assert {name for test in outcome.tests for name in test.resources} == {
        "accounts[alice]",
        "accounts[alice, bob]",
        "gpu[4]",
    }


def test_a_machine_without_gpus_skips_and_says_so(
    project: Any, outcomes: Outcomes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    project.write("test_a.py", "import pytest\n@pytest.mark.resource('gpu')\ndef test_it(): assert False\n")
    outcome = project.run()
    assert outcomes(outcome) == {"test_a.py::test_it": "skipped"}
    assert outcome.tests[0].reason == "it needs 1 GPU, and this machine has none"


@pytest.mark.parametrize(
    ("marker", "problem"),
    [
        (
            'resource("gatway")',
            "there is no resource 'gatway', did you mean gateway?; allowed: gpu, gateway, drivers "
            "(the section resources of layers/test_layers.yaml)",
        ),
        ('resource("drivers", count=3)', "drivers has 2, so count=3 can never be met; allowed: up to 2"),
        ('resource("gateway", count=2)', "gateway is a lock, of which there is one; found count=2"),
        ('resource("drivers", shared=True)', "drivers is a pool; only locks are shared; allowed: count, 1 to 2"),
        ('resource("drivers", count=0)', "count is a whole number from 1, not 0"),
        ('resource("gateway", shared=1)', "shared is true or false, not 1"),
        ('resource("gateway", exclusive=True)', "resource() takes no exclusive; allowed: names, shared, count"),
        ("resource()", "resource() takes the names of resources, as texts"),
    ],
)
def test_what_can_never_be_is_an_error_before_the_run(shop: Any, outcomes: Outcomes, marker: str, problem: str) -> None:
    shop.write(
        "test_a.py",
        f"import pytest\n@pytest.mark.{marker}\ndef test_it(): pass\n\ndef test_other(): open('ran', 'w')\n",
    )
    outcome = shop.run()
    assert outcome.record.outcome == "error"
    assert outcome.wrong_input == [f"test_a.py:2: test_it: {problem}"]
    assert outcome.record.reason.splitlines()[1:] == outcome.wrong_input
    assert set(outcomes(outcome).values()) == {"not_run"}
    assert not (shop.root / "ran").exists()


def test_spawned_workers_get_what_they_were_granted(shop: Any, outcomes: Outcomes) -> None:
    shop.write(
        "conftest.py",
        CONFTEST + "\nimport threading\nthreading.Thread(target=time.sleep, args=(3600,), daemon=True).start()\n",
    )
    shop.write(
        "test_a.py",
        """
        import pytest

        @pytest.mark.resource("drivers")
        @pytest.mark.parametrize("i", range(3))
        def test_it(i, busy, lamina_resource): assert lamina_resource("drivers") in (0, 1)
        """,
    )
    assert set(outcomes(shop.run()).values()) == {"passed"}


def test_stopping_at_the_first_failure_leaves_what_waits(shop: Any) -> None:
    shop.write(
        "test_a.py",
        """
        import time
        import pytest

        @pytest.mark.resource("gateway")
        @pytest.mark.parametrize("i", range(4))
        def test_it(i):
            time.sleep(0.3)
            assert False
        """,
    )
    outcome = shop.run("-x")
    counts = outcome.record.counts
    assert counts["failed"] >= 1 and counts["failed"] + counts["not_run"] == 4


def test_waits_are_in_the_result(shop: Any) -> None:
    shop.write(
        "test_a.py",
        """
        import time
        import pytest

        @pytest.mark.resource("gateway")
        def test_one(): time.sleep(0.5)

        @pytest.mark.resource("gateway", "drivers")
        def test_other(): time.sleep(0.5)

        def test_without(): pass
        """,
    )
    waited = {test.id.partition("::")[2]: test.waited for test in shop.run().tests}
    assert waited.pop("test_without") == 0
    assert min(waited.values()) < 0.5 <= max(waited.values())


def test_a_session_that_is_killed_gives_back_what_its_tests_held(shop: Any, outcomes: Outcomes) -> None:
    shop.write(
        "a/test_a.py",
        """
        import os, signal, time
        import pytest

        @pytest.mark.resource("gateway", "drivers")
        def test_kills_its_session():
            open("holds", "w")
            while not os.path.exists("asks"): time.sleep(0.01)
            time.sleep(0.2)
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(60)
        """,
    )
    shop.write(
        "b/test_b.py",
        """
        import os, time
        import pytest

        def test_before():
            while not os.path.exists("holds"): time.sleep(0.01)
            open("asks", "w")

        @pytest.mark.resource("gateway")
        @pytest.mark.depends(on=["test_before"])
        def test_after(): pass
        """,
    )
    results = run_both(shop, "ab", slots=2)
    assert results["a"].record.outcome == "error"
    assert set(outcomes(results["b"]).values()) == {"passed"}


@pytest.mark.parametrize("slots", [1, 2])
def test_sessions_that_wait_for_grants_and_for_slots_all_end(shop: Any, outcomes: Outcomes, slots: int) -> None:
    """Three categories on one or two slots, each of which needs what the others hold, and waits for tests of its own."""
    for name in "abc":
        shop.write(
            f"{name}/test_{name}.py",
            """
            import time
            import pytest

            @pytest.mark.resource("gateway")
            @pytest.mark.depends(on=["test_open"])
            @pytest.mark.parametrize("i", range(4))
            def test_alone(i): time.sleep(0.05)

            @pytest.mark.resource("drivers", count=2)
            @pytest.mark.parametrize("i", range(3))
            def test_open(i): time.sleep(0.05)

            @pytest.mark.resource("gateway", "drivers")
            def test_both(): time.sleep(0.05)
            """,
        )
    for outcome in run_both(shop, "abc", slots=slots).values():
        assert set(outcomes(outcome).values()) == {"passed"} and len(outcome.tests) == 8


def test_a_test_that_waits_too_long_fails_and_those_that_depend_on_it_are_skipped(
    shop: Any, outcomes: Outcomes
) -> None:
    shop.resources = (Resource(name="gateway", wait_seconds=0.3), Resource(name="drivers", size=2))
    shop.write(
        "test_a.py",
        """
        import time
        import pytest

        @pytest.mark.resource("gateway")
        def test_long(): time.sleep(2)

        # The longer chain behind it lets test_long ask first.
        @pytest.mark.depends(on=["test_long"])
        def test_second(): pass

        @pytest.mark.depends(on=["test_second"])
        def test_third(): pass

        @pytest.mark.resource("gateway", "drivers")
        def test_waits(): pass

        @pytest.mark.depends(on=["test_waits"])
        def test_after(): pass

        @pytest.mark.resource("drivers", count=2)
        def test_other(): pass
        """,
    )
    outcome = shop.run(slots=3, max_parallel_instances=3)
    found = {name.partition("::")[2]: result for name, result in outcomes(outcome).items()}
    assert found.pop("test_waits") == "timeout" and found.pop("test_after") == "skipped"
    assert set(found.values()) == {"passed"} and len(found) == 4
    waited = next(test for test in outcome.tests if test.outcome == "timeout")
    assert waited.attempts[0].message == "it waited 0.3 s for gateway, drivers (wait_seconds)"
    assert waited.waited > 0.3

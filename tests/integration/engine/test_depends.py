"""Tests that depend on others: order, reasons of skips, names, and what can never be."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from lamina.engine import CategoryOutcome
from lamina.layers.model import Resource

Outcomes = Callable[[CategoryOutcome], dict[str, str]]


def reasons(outcome: CategoryOutcome) -> dict[str, str]:
    return {test.id: test.reason for test in outcome.tests if test.outcome == "skipped"}


def test_dependents_run_after_what_they_need_across_files_and_workers(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        """
        import os, time
        import pytest

        @pytest.mark.depends(on=["test_b.py::test_make"])
        @pytest.mark.parametrize("i", range(4))
        def test_use(i): assert os.path.exists("made")

        @pytest.mark.depends(on=["test_use"])
        def test_close(): os.rename("made", "closed")
        """,
    )
    project.write("test_b.py", "import time\ndef test_make():\n    time.sleep(0.3)\n    open('made', 'w')\n")
    outcome = project.run(slots=3, max_parallel_instances=3)
    assert set(outcomes(outcome).values()) == {"passed"} and len(outcome.tests) == 6


def test_dependents_are_skipped_with_the_reason(project: Any, outcomes: Outcomes) -> None:
    project.write(
        "test_a.py",
        """
        import os
        import pytest

        def test_fails(): assert False
        @pytest.mark.skip(reason="not today")
        def test_skipped(): pass
        def test_dies(): os._exit(1)
        @pytest.fixture
        def broken(): raise OSError
        def test_breaks(broken): pass
        @pytest.mark.xfail
        def test_expected(): assert False

        @pytest.mark.depends(on=["test_fails"])
        def test_of_failed(): pass
        @pytest.mark.depends(on=["test_of_failed"])
        def test_of_that(): pass
        @pytest.mark.depends("test_skipped")
        def test_of_skipped(): pass
        @pytest.mark.depends(on="test_dies")
        def test_of_crashed(): pass
        @pytest.mark.depends(on=["test_breaks"])
        def test_of_broken(): pass
        @pytest.mark.depends(on=["test_expected"])
        def test_of_expected(): pass
        """,
    )
    outcome = project.run()
    assert outcomes(outcome)["test_a.py::test_skipped"] == "skipped"
    assert {name.partition("::")[2]: reason for name, reason in reasons(outcome).items()} == {
        "test_skipped": "not today",
        "test_of_failed": "it depends on test_a.py::test_fails, which failed",
        "test_of_that": "it depends on test_a.py::test_of_failed, which was skipped",
        "test_of_skipped": "it depends on test_a.py::test_skipped, which was skipped",
        "test_of_crashed": "it depends on test_a.py::test_dies, which crashed",
        "test_of_broken": "it depends on test_a.py::test_breaks, which had an error",
        "test_of_expected": "it depends on test_a.py::test_expected, which failed as expected",
    }


def test_within_a_module_whose_tests_stay_together(project: Any, outcomes: Outcomes) -> None:
    """They share a fixture, so one worker runs them; it skips what depends on a failure, also after a crash in between."""
    project.write(
        "test_a.py",
        """
        import os
        import pytest

        @pytest.fixture(scope="module")
        def steps(): return []

        @pytest.mark.depends(on=["test_first"])
        def test_second(steps): assert steps == ["first"]
        def test_first(steps): steps.append("first")
        def test_fails(steps): assert False
        @pytest.mark.depends(on=["test_fails"])
        def test_after_failure(steps): pass
        def test_dies(steps): os._exit(1)
        @pytest.mark.depends(on=["test_dies"])
        def test_after_death(steps): pass
        @pytest.mark.depends(on=["test_fails"])
        def test_later(steps): pass
        """,
    )
    outcome = project.run()
    found = {name.partition("::")[2]: result for name, result in outcomes(outcome).items()}
    assert found == {
        "test_first": "passed",
        "test_second": "passed",
        "test_fails": "failed",
        "test_after_failure": "skipped",
        "test_dies": "crashed",
        "test_after_death": "skipped",
        "test_later": "skipped",
    }
    assert reasons(outcome)["test_a.py::test_after_failure"] == "it depends on test_a.py::test_fails, which failed"
    assert reasons(outcome)["test_a.py::test_after_death"] == "it depends on test_a.py::test_dies, which crashed"


def test_modules_that_stay_together_and_wait_for_each_other(project: Any, outcomes: Outcomes) -> None:
    for own, other in (("a", "b"), ("b", "a")):
        project.write(
            f"test_{own}.py",
            f"""
            import pytest

            @pytest.fixture(scope="module")
            def shared(): pass

            def test_first(shared): open("{own}", "w")
            @pytest.mark.depends(on=["test_{other}.py::test_first"])
            def test_second(shared): open("{other}")
            """,
        )
    assert set(outcomes(project.run()).values()) == {"passed"}


def test_a_dependent_that_holds_a_resource(project: Any, outcomes: Outcomes) -> None:
    project.resources = (Resource(name="gateway"),)
    project.write(
        "test_a.py",
        """
        import pytest

        pytestmark = pytest.mark.resource("gateway")

        @pytest.mark.depends(on=["test_make"])
        def test_use(): open("made")
        def test_make(): open("made", "w")
        @pytest.mark.depends(on=["test_fails"])
        def test_never(): pass
        def test_fails(): assert False
        """,
    )
    assert list(outcomes(project.run()).values()).count("passed") == 2


def test_names_of_all_kinds(project: Any, outcomes: Outcomes) -> None:
    project.write("sub/test_b.py", "def test_far(): pass\nclass TestIt:\n    def test_in(self): open('far', 'w')\n")
    project.write(
        "test_a.py",
        """
        import pytest

        @pytest.mark.depends(on=["sub/test_b.py"])
        def test_file(): open("far")
        @pytest.mark.depends(on=["sub/test_b.py::TestIt"])
        def test_class(): open("far")
        @pytest.mark.depends(on=["TestIt::test_in"], scope="session")
        def test_name_in_class(): open("far")
        @pytest.mark.depends(on=["test_i*"], scope="session")
        def test_pattern(): open("far")
        @pytest.mark.depends(on=["test_many[1]"])
        def test_one_of_many(): open("many1")
        @pytest.mark.depends(on=["test_many"])
        def test_all_of_many(): open("many0"); open("many1")
        @pytest.mark.parametrize("i", range(2))
        def test_many(i): open(f"many{i}", "w")
        @pytest.mark.depends(on=["test_*"])
        def test_zlast(): open("zlast", "w")
        """,
    )
    assert set(outcomes(project.run()).values()) == {"passed"}


@pytest.mark.parametrize(
    ("marker", "problem"),
    [
        (
            'depends(on=["test_mke"])',
            "test_a.py:5: test_use: depends on 'test_mke', and there is no such test in its module, did you mean test_make?",
        ),
        (
            'depends(on=["test_far"])',
            "test_a.py:5: test_use: depends on 'test_far', and there is no such test in its module; "
            'there is one elsewhere in the category: write scope="session"',
        ),
        (
            'depends(on=["test_c.py::test_x"])',
            "test_a.py:5: test_use: depends on 'test_c.py::test_x', and there is no such test, "
            "did you mean test_b.py::test_far?; allowed: tests of its own category",
        ),
        ('depends(on=["test_use"])', "test_a.py:5: test_use: tests depend on each other in a ring: test_a.py::test_use -> test_a.py::test_use; take one of them out of its `on`"),  # noqa: E501
        (
            'depends(on=["test_back"])',
            "test_a.py:5: test_use: tests depend on each other in a ring: "
            "test_a.py::test_use -> test_a.py::test_back -> test_a.py::test_use; take one of them out of its `on`",
        ),
        ('depends(on=["test_make"], scope="all")', "test_a.py:5: test_use: scope is one of class, module, package, session, not 'all'"),  # noqa: E501
        ("depends(on=[3])", "test_a.py:5: test_use: depends() takes the names of tests, as in depends(on=[\"test_login\"]); found [3]"),  # noqa: E501
        ('depends(after="test_make")', "test_a.py:5: test_use: depends() takes no after; allowed: on, scope"),
    ],
)  # fmt: skip
def test_what_can_never_be_is_an_error_before_the_run(
    project: Any, outcomes: Outcomes, marker: str, problem: str
) -> None:
    project.write(
        "test_a.py",
        f"""
        import pytest

        def test_make(): open("ran", "w")
        @pytest.mark.{marker}
        def test_use(): pass
        @pytest.mark.depends(on=["test_use"])
        def test_back(): pass
        """,
    )
    project.write("test_b.py", "def test_far(): pass\n")
    outcome = project.run()
    assert outcome.record.outcome == "error"
    assert outcome.wrong_input == [problem]
    assert set(outcomes(outcome).values()) == {"not_run"}
    assert not (project.root / "ran").exists()


def test_a_skip_for_another_test_is_not_kept(project: Any, outcomes: Outcomes) -> None:
    """Neither one that a worker made nor one that the session made is served when the other test passes."""
    body = """
        import pytest

        @pytest.fixture(scope="module")
        def together(): pass

        def test_fails(together): assert open("state").read() == "good"
        @pytest.mark.depends(on=["test_fails"])
        def test_inside(together): pass
        def test_alone(): assert open("state").read() == "good"
        @pytest.mark.depends(on=["test_alone"])
        def test_outside(): pass
        """
    project.write("test_a.py", body)
    project.write("state", "bad")
    assert list(outcomes(project.run()).values()).count("skipped") == 2
    project.write("state", "good")
    outcome = project.run()
    assert set(outcomes(outcome).values()) == {"passed"} and not any(test.cached for test in outcome.tests)


def test_the_marker_is_known_to_strict_plain_pytest(project: Any) -> None:
    project.write(
        "test_a.py",
        """
        import pytest

        def test_make(): pass
        @pytest.mark.depends(on=["test_make"])
        @pytest.mark.resource("anything")
        def test_use(): pass
        """,
    )
    assert set(project.plain("--strict-markers").values()) == {"passed"}

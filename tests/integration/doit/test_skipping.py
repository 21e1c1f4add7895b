"""What runs again after a change, and what comes from cache."""

from __future__ import annotations

import os
import shutil
import textwrap
from typing import Any

import pytest


def test_second_run_executes_nothing(project: Any) -> None:
    project.doit("fast_feedback")
    assert project.outcomes() == {"smoke": "passed", "unit": "passed"}
    first = project.results()
    out, _ = project.doit("fast_feedback")
    assert project.outcomes() == {"smoke": "cached", "unit": "cached"}
    assert "executed 0, cached 2" in out
    again = project.results()
    assert again["run"]["id"] != first["run"]["id"]
    assert [test["id"] for test in again["tests"]] == [test["id"] for test in first["tests"]]
    assert all(test["cached"] for test in again["tests"])


def test_a_change_runs_what_depends_on_it(project: Any) -> None:
    project.doit()
    project.write("tests/unit/test_u.py", "def test_u(): assert True\n")
    project.doit()
    assert project.outcomes() == {"smoke": "cached", "unit": "passed", "api": "cached"}
    assert project.categories()["unit"]["reason"] == "1 file changed: tests/unit/test_u.py"
    os.utime(project.root / "src/a.py", (1, 1))
    project.doit()
    assert project.outcomes() == {"smoke": "cached", "unit": "cached", "api": "cached"}
    # No test uses it: the category is looked at, and each of its results is still valid.
    project.write("src/a.py", "A = 2\n")
    project.doit("unit")
    assert project.outcomes() == {"unit": "cached"}
    assert project.categories()["unit"]["reason"] == "every test has a valid result"


def test_a_module_that_can_not_be_imported_any_more_is_never_green(project: Any) -> None:
    project.write("tests/unit/rows.py", "ROWS = {}\ndef number(): return 1\n")
    project.write("tests/unit/test_u.py", "from rows import number\ndef test_u(): assert number() == 1\n")
    project.doit("unit")
    # No test mentions what fails.
    project.write("tests/unit/rows.py", "ROWS = {}\ndef number(): return 1\nFIRST = ROWS['none']\n")
    out, _ = project.doit("unit", status=2)
    assert "KeyError: 'none'" in out
    out, _ = project.doit("unit", status=2)
    assert "KeyError: 'none'" in out
    project.write("tests/unit/rows.py", "ROWS = {'none': 0}\ndef number(): return 1\nFIRST = ROWS['none']\n")
    out, _ = project.doit("unit")
    assert "executed 0, cached 1" in out


def test_a_failure_runs_again_and_holds_back_what_waits_for_it(project: Any) -> None:
    project.doit()
    project.write("tests/unit/test_u.py", "def test_u(): assert 0\n")
    project.write("tests/smoke/test_s.py", "def test_s(): assert 0\n")
    project.doit(status=1)
    assert project.outcomes() == {
        # The second category of a sequential layer has its turn although the first one failed.
        "smoke": "failed",
        "unit": "failed",
        **dict.fromkeys(
            ["database", "api", "websocket", "integration", "agent", "e2e_critical", "frontend"], "not_run"
        ),
    }
    assert project.categories()["api"]["reason"] == "fast_feedback failed"
    assert project.categories()["agent"]["reason"] == "fast_feedback failed"
    project.doit("unit", status=1)
    assert project.categories()["unit"]["reason"] == "failed last time"
    project.write("tests/unit/test_u.py", "def test_u(): pass\n")
    project.write("tests/smoke/test_s.py", "def test_s(): pass\n")
    project.doit()
    # The tests are what they were when they passed.
    assert project.outcomes() == {"smoke": "cached", "unit": "cached", "api": "cached"}


def test_named_categories_bring_what_they_need_unless_told_otherwise(project: Any) -> None:
    project.doit("-s", "core_integration")
    assert project.outcomes() == {"api": "passed"}
    project.doit("clean", "api")
    project.doit("-s", "api")
    assert project.outcomes() == {"api": "passed"}
    project.doit("api")
    assert project.outcomes() == {"smoke": "passed", "unit": "passed", "api": "cached"}


def test_asked_to_run_anew(project: Any) -> None:
    project.doit("unit")
    project.doit("fresh=true", "unit")
    assert project.categories()["unit"]["reason"] == "fresh=true asks for everything"
    project.doit("-a", "unit")
    assert project.categories()["unit"]["reason"] == "asked for (-a)"
    project.doit("forget", "unit")
    project.doit("unit")
    assert project.categories()["unit"]["reason"] == "every test has a valid result"
    project.doit("unit")
    assert project.outcomes() == {"unit": "cached"}
    project.doit("clean")
    project.doit("unit")
    assert project.categories()["unit"]["reason"] == "never run"


def test_an_edit_while_tests_run_leaves_no_pass(project: Any) -> None:
    """The test writes another content than the one that it began with; that content is put back afterwards."""
    project.write("tests/unit/test_u.py", "def test_u():\n    open('src/a.py', 'w').write('A = 2')\n")
    project.doit("unit")
    project.write("src/a.py", "A = 1\n")
    project.doit("unit")
    # It is not up to date, but no result depends on the file.
    assert project.categories()["unit"]["reason"] == "every test has a valid result"
    project.doit("unit")
    assert project.outcomes() == {"unit": "cached"}


def test_results_that_are_gone_are_made_again(project: Any) -> None:
    project.doit("unit")
    (project.root / ".lamina/history.sqlite3").unlink()
    project.doit("unit")
    assert [test["cached"] for test in project.results()["tests"]] == [True]
    (project.root / ".lamina/history.sqlite3").unlink()
    (project.root / ".lamina/cache.sqlite3").unlink()
    project.doit("unit")
    assert project.outcomes() == {"unit": "passed"}


def test_a_history_begun_anew_has_nothing_of_other_categories(project: Any) -> None:
    project.doit("fast_feedback")
    shutil.rmtree(project.root / ".lamina/stored")
    (project.root / ".lamina/history.sqlite3").write_bytes(b"somebody else's")
    project.doit("smoke")
    assert "up to date" not in project.doit("list", "unit")[0]
    project.doit("unit")
    assert [test["cached"] for test in project.results()["tests"]] == [True]
    assert project.categories()["unit"]["counts"] == {"passed": 1}


def test_what_is_outside_is_not_known_any_more(project: Any) -> None:
    """Without what was kept of variables and ignored files nobody can say that none of them changed."""
    project.write("tests/unit/test_u.py", "import os\n\ndef test_u():\n    assert os.environ['COLOUR'] == 'red'\n")
    project.doit("unit", COLOUR="red")
    (project.root / ".lamina/inputs/unit.outside.json").unlink()
    project.doit("unit", COLOUR="blue", status=1)


def test_a_fixture_that_can_not_be_torn_down_fails_again(project: Any) -> None:
    fixture = "@pytest.fixture(scope='session')\ndef thing():\n    yield\n    raise OSError\n"
    project.write("tests/unit/test_a.py", f"import pytest\n{fixture}\ndef test_a(thing): pass\ndef test_b(): pass\n")
    for _ in range(3):
        project.doit("-n", "1", "unit", status=1)
        assert ("error", False) in {(test["outcome"], test["cached"]) for test in project.results()["tests"]}


def test_what_was_read_while_it_changed_is_not_known(project: Any) -> None:
    text = (
        "from pathlib import Path\ndef test_a(): Path('data.txt').read_text(); Path('data.txt').write_text('after')\n"
    )
    project.write("tests/unit/test_a.py", text)
    for _ in range(2):
        project.write("data.txt", "before")
        project.doit("unit")
        assert project.outcomes() == {"unit": "passed"}


BREAKS = """\
from lamina.workers.keeping import Keeper

def breaks(*_):
    raise RuntimeError("a fault of ours")

Keeper.{} = breaks
"""


@pytest.mark.parametrize(
    ("part", "loss"),
    [
        ("__init__", "no result is cached"),
        ("_keep", "is not cached"),
        ("_drop_changed", "no result is cached"),
    ],
)
def test_what_can_not_be_kept_is_made_again(project: Any, part: str, loss: str) -> None:
    project.write("tests/conftest.py", BREAKS.format(part))
    for _ in range(2):
        out, _ = project.doit("unit")
        assert out.count(f"{loss}: RuntimeError: a fault of ours") == 1
        assert project.outcomes() == {"unit": "passed"}


def test_files_that_can_not_be_kept_are_collected_again(project: Any) -> None:
    project.write("tests/conftest.py", BREAKS.format("_keep_files"))
    for found in ("passed", "cached"):
        out, _ = project.doit("unit")
        assert out.count("which tests there are is not cached: RuntimeError: a fault of ours") == 1
        assert project.outcomes() == {"unit": found}


def test_ignored_by_doit(project: Any) -> None:
    project.doit("ignore", "unit")
    project.doit("unit", status=1)
    assert project.outcomes() == {"unit": "not_run"}
    assert "doit ignore" in project.categories()["unit"]["reason"]


def test_an_empty_category_costs_nothing(project: Any) -> None:
    project.doit("-s", "database")
    assert {name: found["outcome"] for name, found in project.categories().items()} == {"database": "empty"}


def test_files_whose_names_are_not_utf_8(project: Any) -> None:
    name = os.fsdecode(b"caf\xe9.txt")
    (project.root / name).write_text("1")
    project.doit("unit")
    project.doit("unit")
    assert project.outcomes() == {"unit": "cached"}
    (project.root / name).write_text("2")
    project.doit("unit")
    assert project.categories()["unit"]["reason"] == "every test has a valid result"


def test_a_test_with_subtests_comes_from_cache(project: Any) -> None:
    test = """
        import unittest
        class TestParts(unittest.TestCase):
            def test_parts(self):
                for part in range(4):
                    with self.subTest(part=part):
                        self.assertLess(part, LIMIT)
        LIMIT = 4
        """
    project.write("tests/unit/test_u.py", textwrap.dedent(test))
    project.doit("unit")
    out, _ = project.doit("unit")
    assert "executed 0, cached 1" in out
    file = project.root / "tests/unit/test_u.py"
    file.write_text(file.read_text().replace("LIMIT = 4", "LIMIT = 3"))
    for _ in range(2):
        out, _ = project.doit("unit", status=1)
        assert "1 failed" in out

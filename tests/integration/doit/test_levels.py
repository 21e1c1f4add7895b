"""The levels: how far a change of a file reaches, and that no level is served what it would not allow itself."""

from __future__ import annotations

from typing import Any

import pytest

SHAPES = """\
# How large things are.

SIDES = 4


def area(a, b):
    return a * b


def edge(a, b):
    return 2 * (a + b)
"""
TESTS = """\
from shapes import area, edge


def test_area():
    assert area(2, 3) == 6


def test_edge():
    assert edge(2, 3) == 10
"""
FILES = {
    "pytest.ini": "[pytest]\npythonpath = src\n",
    "src/shapes.py": SHAPES,
    "tests/unit/test_shapes.py": TESTS,
    "tests/unit/test_u.py": "def test_u(): pass\n",
}


@pytest.fixture
def shapes(project: Any) -> Any:
    """A project in which tests of one module, and one that has nothing to do with it, have passed at level balanced."""
    for path, text in FILES.items():
        project.write(path, text)
    project.doit("unit", LAMINA_AUDIT="0")
    assert executed(project) == {"test_area", "test_edge", "test_u"}
    return project


def executed(project: Any) -> set[str]:
    return {test["id"].rpartition("::")[2] for test in project.results()["tests"] if not test["cached"]}


def run(project: Any, level: str) -> set[str]:
    project.doit(f"level={level}", "unit", LAMINA_AUDIT="0")
    return executed(project)


def edited(project: Any, before: str, after: str) -> None:
    text = (project.root / "src/shapes.py").read_text()
    assert before in text
    project.write("src/shapes.py", text.replace(before, after))


@pytest.mark.parametrize("level", ["balanced", "aggressive", "ultra_fast"])
def test_a_body_counts_for_those_who_ran_it(shapes: Any, level: str) -> None:
    edited(shapes, "a * b", "b * a")
    assert run(shapes, level) == {"test_area"}
    edited(shapes, "# How large", "# How very large")
    assert run(shapes, level) == set()


def test_conservative_counts_the_whole_file_for_all_that_reached_it(shapes: Any) -> None:
    assert run(shapes, "conservative") == set(), "the same results hold at each level"
    edited(shapes, "a * b", "b * a")
    assert run(shapes, "conservative") == {"test_area", "test_edge"}
    edited(shapes, "# How large", "# How very large")
    out, _ = shapes.doit("why", "level=conservative", "test_edge")
    assert "runs: 1 change since its last result" in out and "file src/shapes.py" in out
    assert "2 of 3 tests are affected" in shapes.doit("affected", "level=conservative")[0]
    assert run(shapes, "conservative") == {"test_area", "test_edge"}
    edited(shapes, "# How very large", "# How large")
    assert run(shapes, "conservative") == set(), "results stay valid for content"


def test_what_balanced_passed_is_not_served_to_conservative(shapes: Any) -> None:
    edited(shapes, "# How large", "# How very large")
    assert run(shapes, "balanced") == set()
    assert shapes.outcomes()["unit"] == "cached"
    assert run(shapes, "conservative") == {"test_area", "test_edge"}, "nothing but the level changed"
    assert run(shapes, "balanced") == set()
    assert run(shapes, "conservative") == set()


def test_the_granularity_can_be_had_without_the_level(shapes: Any) -> None:
    edited(shapes, "SIDES = 4", "SIDES = 5")
    assert run(shapes, "balanced") == set()
    shapes.doit("cache_granularity=file", "unit", LAMINA_AUDIT="0")
    assert executed(shapes) == {"test_area", "test_edge"}


def test_ultra_fast_audits_nothing_unless_it_is_told_to(shapes: Any) -> None:
    edited(shapes, "a * b", "b * a")
    out, _ = shapes.doit("level=ultra_fast", "audit_share=1", "unit")
    assert "audit of 2 results" in out
    edited(shapes, "b * a", "a * b * 1")
    shapes.doit("level=ultra_fast", "unit")
    assert executed(shapes) == {"test_area"}
    assert "audit_share=0.0" in shapes.doit("plan", "level=ultra_fast")[0]


@pytest.mark.parametrize(
    "level, words",
    [
        ("conservative", "conservative: a test counts on the whole of each file that it reached"),
        ("aggressive", "aggressive: selects as balanced does"),
        ("ultra_fast", "ultra_fast: selects as balanced does, and audits nothing"),
    ],
)
def test_plan_says_what_a_level_takes_into_account(project: Any, level: str, words: str) -> None:
    assert words in project.doit("plan", f"level={level}")[0].splitlines()

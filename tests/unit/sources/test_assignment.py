from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lamina.sources.assignment import assign, unmatched_inputs

Make = Callable[..., dict[str, Any]]


def test_first_category_whose_patterns_match_takes_the_file(category: Make, configuration: Make) -> None:
    chosen = configuration(category("one", ("tests/**",)), category("two", ("tests/two/**",)))
    found = assign(chosen, ["tests/two/test_x.py"], [], set())
    assert found.tests == {"one": ["tests/two/test_x.py"], "two": []}


def test_excluded_files_go_to_the_next(category: Make, configuration: Make) -> None:
    chosen = configuration(category("one", ("tests/**",), exclude=["tests/two/**"]), category("two", ("tests/two/**",)))
    assert assign(chosen, ["tests/two/test_x.py"], [], set()).tests["two"] == ["tests/two/test_x.py"]


def test_rest_takes_what_nobody_claims_wherever_it_stands(category: Make, configuration: Make) -> None:
    chosen = configuration(category("unit", rest=True), category("api"))
    found = assign(chosen, ["tests/api/test_a.py", "other/test_o.py", "tests/unit/test_u.py"], [], set())
    assert found.tests == {"unit": ["other/test_o.py", "tests/unit/test_u.py"], "api": ["tests/api/test_a.py"]}
    assert found.unclaimed == []


def test_a_file_counts_for_each_category_that_could_claim_one_of_its_tests(category: Make, configuration: Make) -> None:
    chosen = configuration(category("slow", markers=["slow"]), category("unit", rest=True), category("api"))
    found = assign(chosen, ["tests/api/test_a.py", "tests/test_b.py"], [], set())
    assert found.tests["slow"] == ["tests/api/test_a.py", "tests/test_b.py"]
    assert found.tests["api"] == ["tests/api/test_a.py"]
    assert found.tests["unit"] == ["tests/test_b.py"]


def test_files_of_no_category_are_told_and_count_for_all(category: Make, configuration: Make) -> None:
    found = assign(configuration(category("api")), ["tests/test_x.py"], ["src/a.py"], set())
    assert found.unclaimed == ["tests/test_x.py"]
    assert found.shared == ["src/a.py", "tests/test_x.py"]


def test_a_test_file_counts_for_its_category_only_unless_others_import_it(configuration: Make) -> None:
    files = ["tests/api/test_base.py", "tests/api/test_other.py"]
    assert assign(configuration(), files, [], {"test_base"}).shared == ["tests/api/test_base.py"]


def test_inputs_choose_among_the_shared_files(category: Make, configuration: Make) -> None:
    inputs = ["src/**", "!src/gen/**", "src/gen/keep.py"]
    chosen = configuration(category("api", inputs=inputs), category("unit"), trace=False)
    others = [
        "README.md",
        "conftest.py",
        "pyproject.toml",
        "sub/pyproject.toml",
        "src/a.py",
        "src/gen/b.py",
        "src/gen/keep.py",
    ]
    found = assign(chosen, [], others, set())
    assert found.inputs["api"] == ["conftest.py", "pyproject.toml", "src/a.py", "src/gen/keep.py"]
    assert found.inputs["unit"] is None


def test_where_tests_are_traced_inputs_take_no_file_away(category: Make, configuration: Make) -> None:
    found = assign(configuration(category("api", inputs=["src/**"]), trace=True), [], ["README.md", "src/a.py"], set())
    assert found.inputs["api"] is None


def test_inputs_that_match_nothing(category: Make, configuration: Make) -> None:
    chosen = configuration(category("api", inputs=["data/**", "scr/**"]), category("unit"))
    assert unmatched_inputs(chosen, ["data/rows.txt", "src/a.py"]) == [("api", "scr/**")]

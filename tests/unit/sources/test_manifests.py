from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lamina.sources.assignment import assign
from lamina.sources.manifests import SHARED, compare, compose, listed_tests

Make = Callable[..., dict[str, Any]]
FACTS = [("distribution attrs", "25.3.0"), ("python", "3.12.1")]


def table(**fingerprints: str) -> dict[str, Any]:
    return {"": [{name.replace("__", "."): [0, 0, 0, 0, digit * 32, []] for name, digit in fingerprints.items()}, []]}


def made(configuration: dict[str, Any], facts: list[tuple[str, str]] = FACTS, **fingerprints: str) -> dict[str, str]:
    files = table(**fingerprints)
    names = list(files[""][0])
    tests = [name for name in names if name.startswith("test_")]
    others = [name for name in names if not name.startswith("test_")]
    return compose(configuration, facts, assign(configuration, tests, others, set()), files)


def test_lines(category: Make, configuration: Make) -> None:
    texts = made(configuration(category("unit", rest=True)), a__py="1", test_u__py="2")
    assert texts[SHARED].splitlines() == [
        "fact  distribution attrs  25.3.0",
        "fact  python  3.12.1",
        f"file  {'1' * 32}  a.py",
    ]
    assert texts["unit"].splitlines()[1:] == [f"test  {'2' * 32}  test_u.py"]
    assert listed_tests(texts["unit"]) == ["test_u.py"]


def test_a_category_with_inputs_lists_them_and_the_facts_itself(category: Make, configuration: Make) -> None:
    chosen = configuration(category("unit", rest=True, inputs=["a.py"]), trace=False)
    texts = made(chosen, a__py="1", b__py="2", test_u__py="3")
    assert "a.py" in texts["unit"]
    assert "python" in texts["unit"]
    assert "b.py" not in texts["unit"]


def test_what_changed_in_words() -> None:
    before = f"fact  python  3.12.1\nfact  distribution attrs  25.1\nfile  {'1' * 32}  a.py\ntest  {'2' * 32}  b.py\n"
    after = f"fact  python  3.12.2\nfact  its configuration  x\nfile  {'3' * 32}  a.py\nfile  {'2' * 32}  b.py\n"
    found = compare(before, after)
    assert found.files == ["a.py"], "b.py is the same file, whoever's test file it is now"
    assert found.facts == ["distribution attrs 25.1", "its configuration", "python 3.12.2 instead of 3.12.1"]
    assert compare(before, before) == ([], [])


def test_words_for_people_are_no_change_and_limits_are(category: Make, configuration: Make) -> None:
    def text(**keys: Any) -> str:
        return made(configuration(category("unit", **keys)))["unit"]

    assert text() == text(description="x", priority=3, max_parallel_instances=8)
    assert text() != text(timeout_seconds=61)
    assert text() != text(environment={"A": "1"})


def test_another_category_that_claims_other_tests_is_a_change(category: Make, configuration: Make) -> None:
    def text(marker: str) -> str:
        return made(configuration(category("unit", rest=True), category("slow", markers=[marker])))["unit"]

    assert text("slow") != text("slower")


NAMES = st.text(st.characters(exclude_characters="/\0", exclude_categories=["Cs"]), min_size=1)


@given(
    NAMES.filter(lambda name: name not in (".", "..")),
    st.binary(min_size=1).filter(lambda b: b"/" not in b and b"\0" not in b),
)
def test_any_file_name_is_one_line_and_comes_back(text: str, raw: bytes) -> None:
    names = [f"test_{text}", f"test_{os.fsdecode(raw)}"]
    files = {"": [{name: [0, 0, 0, 0, "1" * 32, []] for name in names}, []]}
    keys = {"include_patterns": ["**"], "exclude_patterns": [], "markers": [], "keywords": [], "rest": True}
    configuration = {"layers": [{"categories": [{"name": "unit", "filters": keys, "inputs": []}]}], "settings": {}}
    found = compose(configuration, [], assign(configuration, sorted(set(names)), [], set()), files)["unit"]
    assert listed_tests(found) == sorted(set(names))
    assert len(found.splitlines()) == len(found.split("\n")) - 1

from __future__ import annotations

from sample_runs import FAILURE, make_run, make_test

from lamina.records import Section
from lamina.reports.failures import failures_of, marked, sessions_of


def test_a_failure_has_all_that_is_needed_to_look_into_it() -> None:
    sections = (Section("Captured stdout call", "hello\n"),)
    test = make_test("tests/a.py::test_x[a b]", "failed", message="assert 1 == 2", failure=FAILURE, sections=sections)
    (failure,), left_out = failures_of(make_run([make_test("test_y"), test]))
    assert left_out == 0
    assert failure["place"] == "tests/a.py:12"
    assert failure["message"] == "assert 1 == 2"
    assert failure["again"] == "pytest 'tests/a.py::test_x[a b]'"
    assert "".join(text for _, text in failure["text"]) == FAILURE
    assert failure["sections"] == [("Captured stdout call", "hello\n")]


def test_pytests_representation_is_marked_and_whole() -> None:
    assert marked("    def test():\n>       assert x\nE       assert 1\nE        + 1\n\na.py:3: AssertionError") == [
        ("", "    def test():\n"),
        ("here", ">       assert x\n"),
        ("error", "E       assert 1\nE        + 1\n"),
        ("", "\na.py:3: AssertionError"),
    ]


def test_a_long_text_keeps_both_ends() -> None:
    (failure,), _ = failures_of(make_run([make_test("test_x", "failed", failure="a" * 50_000 + "z" * 50_000)]))
    text = "".join(piece for _, piece in failure["text"])
    assert len(text) < 21_000
    assert text.startswith("aaa")
    assert text.endswith("zzz")
    assert "left out" in text


def test_thousands_of_long_failures_stay_within_bounds() -> None:
    tests = [make_test(f"test_{number}", "failed", failure="x" * 30_000) for number in range(1000)]
    failures, left_out = failures_of(make_run(tests))
    assert len(failures) + left_out == 1000
    assert sum(len(text) for failure in failures for _, text in failure["text"]) < 2_000_000


def test_a_category_without_a_failing_test_that_went_wrong_is_told_of() -> None:
    run = make_run([make_test("test_x")])
    category = run.layers[0].categories[0]
    category.outcome, category.reason, category.summary = "error", "conftest.py raises", "\x1b[31mE  boom\x1b[0m"
    assert sessions_of(run) == ([("unit", "conftest.py raises", "E  boom")], [])


def test_what_plugins_said_at_the_end_is_shown_without_what_the_page_has_anyway() -> None:
    run = make_run([make_test("test_x", "failed")])
    run.layers[0].categories[
        0
    ].summary = "=== FAILURES ===\n___ test_x ___\nE boom\n=== warnings summary ===\nold\n=== short test summary info ===\nFAILED x"
    assert sessions_of(run) == ([], [("unit", "=== warnings summary ===\nold")])

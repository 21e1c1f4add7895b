from __future__ import annotations

from collections import Counter

import pytest
from sample_runs import large_run, make_run, make_test, rich_run

from lamina.records import RunRecord
from lamina.reports.page import page_of


def tiles(run: RunRecord) -> dict[str, str]:
    return {label: figure for label, figure, _, _ in page_of(run)["tiles"]}


def test_the_tiles_sum_the_run_up() -> None:
    run = make_run(
        [
            make_test("test_a", "failed", duration=2.0),
            make_test("test_b", duration=4.0),
            make_test("test_c", cached=True, duration=30.0),
            make_test("test_d", "not_run"),
        ],
        duration=3.0,
    )
    assert tiles(run) == {
        "failed": "1", "executed": "2", "cached": "1", "not run": "1", "wall time": "3.0 s", "faster": "2.0x",
    }  # fmt: skip


def test_nothing_executed_is_not_called_faster() -> None:
    assert "faster" not in tiles(make_run([make_test("test_a", cached=True)]))


@pytest.mark.parametrize(
    ("tests", "header", "verdict", "sentence"),
    [
        ([make_test("test_a")], {}, "PASSED", "1 test in 6.4 s."),
        (
            [make_test("test_a", cached=True)],
            {},
            "PASSED",
            "Nothing changed: 1 test served from cache in 6.4 s, none executed.",
        ),
        ([make_test("test_a", "failed"), make_test("test_b")], {}, "FAILED", "1 of 2 tests failed, in 6.4 s."),
        (
            [make_test("test_a")],
            {"exit_status": 2},
            "ERROR",
            "Something went wrong beside the tests; see below. 1 test, 6.4 s.",
        ),
        (
            [make_test("test_a"), make_test("test_b", "not_run")],
            {"exit_status": 130, "interrupted": True},
            "INTERRUPTED",
            "1 test of 2 not run; stopped after 6.4 s.",
        ),
    ],
)
def test_the_verdict(tests: list[object], header: dict[str, object], verdict: str, sentence: str) -> None:
    page = page_of(make_run(tests, **header))  # type: ignore[arg-type]
    assert (page["verdict"], page["sentence"]) == (verdict, sentence)


def test_the_shares_fill_the_bar_and_name_every_test() -> None:
    run = rich_run()
    shares = page_of(run)["shares"]
    assert sum(width for _, _, width, _ in shares) == pytest.approx(100, abs=0.01)
    assert sum(int(text.partition(" ")[0]) for _, _, _, text in shares) == len(run.tests)
    assert [kind for kind, *_ in shares] == ["failed", "passed", "cached", "quiet", "not_run"]


def test_one_failure_among_thousands_is_seen() -> None:
    kind, _, width, _ = page_of(large_run(10_000, failing=1))["shares"][0]
    assert kind == "failed"
    assert width > 0.5


def test_every_test_is_listed_once_under_its_category_and_file() -> None:
    run = rich_run()
    listed = Counter(
        f"{file}::{name}"
        for category in page_of(run)["tests"]
        for file, members in category["files"]
        for _, _, name, _ in members
    )
    assert listed == Counter(test.id for test in run.tests)


def test_of_very_many_tests_those_that_say_something_are_listed() -> None:
    page = page_of(large_run(20_001, failing=3))
    assert not page["listed_all"]
    assert [category["number"] for category in page["tests"]] == ["3 tests"]
    assert page["number"] == "20,001 tests"


def test_reasons_are_counted_with_what_was_not_run_first() -> None:
    run = make_run(
        [
            *[make_test(f"test_{n}", "skipped", reason="no server") for n in range(3)],
            make_test("test_a", cached=True, reason="cached: nothing changed"),
            make_test("test_b", "not_run", reason="smoke failed"),
            make_test("test_c"),
        ]
    )
    assert page_of(run)["reasons"] == [
        ("1", "not_run", "smoke failed"), ("3", "skipped", "no server"), ("1", "cached", "nothing changed"),
    ]  # fmt: skip


def test_the_slowest_are_of_those_that_ran() -> None:
    tests = [make_test(f"test_{n}", duration=float(n)) for n in range(30)]
    tests.append(make_test("test_cached", cached=True, duration=99.0))
    slowest = page_of(make_run(tests))["slowest"]
    assert len(slowest) == 20
    assert slowest[0] == {"id": "tests/unit/test_prices.py::test_29", "outcome": "passed", "seconds": "29.0 s"}


def test_what_tests_left_behind_is_listed() -> None:
    run = make_run([make_test("test_a", left_behind=("environment: A added", "umask: 0o011")), make_test("test_b")])
    assert page_of(run)["left_behind"] == [(run.tests[0].id, "environment: A added; umask: 0o011")]

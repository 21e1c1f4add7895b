"""The tally: what a session's rows come to."""

from __future__ import annotations

from typing import Any, cast

import pytest

from lamina.engine.tally import Tally, iso
from lamina.workers.protocol import ResultRow


def row(name: str, outcome: str = "passed", **more: Any) -> ResultRow:
    plain = {
        "id": name, "outcome": outcome, "phases": (0.1, 0.2, 0.3), "started": 1_000_000.25, "worker": "gw0", "memory": 5,
        "file": "t.py", "line": 3, "message": "", "failure": "", "sections": [], "reason": "",
    }  # fmt: skip
    return cast(ResultRow, {**plain, **more})


def tally(*rows: ResultRow) -> Tally:
    made = Tally("unit", "fast", "2 files changed", 1_000_000.0)
    for one in rows:
        made.test(one)
    return made


def verdict(made: Tally, status: int, problem: str = "", stopped: str = "") -> tuple[str, str]:
    record = made.outcome(status, problem, "", 1.0, "run", stopped).record
    return record.outcome, record.reason


def test_a_row_becomes_a_record() -> None:
    record = tally(row("t.py::test_a", "failed", message="boom")).tests["t.py::test_a"]
    assert (record.layer, record.category, record.outcome) == ("fast", "unit", "failed")
    assert record.duration == pytest.approx(0.6)
    assert record.started == "1970-01-12T13:46:40.250Z"
    assert record.reason == "2 files changed"
    assert [(attempt.outcome, attempt.message) for attempt in record.attempts] == [("failed", "boom")]


def test_times_are_in_microseconds_and_short_ones_shared() -> None:
    made = tally(row("a", phases=(0.00001234, 0.25, 0.0)), row("b", phases=(0.00001189, 0.25, 0.0)))
    one, other = made.tests["a"], made.tests["b"]
    assert (one.phases, one.duration) == ((0.000012, 0.25, 0.0), 0.250012)
    assert one.phases[0] is other.phases[0]


def test_a_pass_is_not_told_of_twice() -> None:
    made = tally(row("a"), row("b", message="said"))
    assert made.tests["a"].attempts == ()
    assert [attempt.message for attempt in made.tests["b"].attempts] == ["said"]


def test_what_is_known_of_a_test() -> None:
    made = tally(row("a", "failed"), row("\udc80"))
    assert [made.outcome_of(test) for test in ("a", "\udc80", "b")] == ["failed", "passed", ""]


def test_what_did_not_run_has_no_attempt() -> None:
    record = tally(row("t.py::test_a", "not_run", reason="interrupted", started=0.0)).tests["t.py::test_a"]
    assert (record.attempts, record.reason, record.started) == ((), "interrupted", "")


def test_a_failed_teardown_adds_to_its_test() -> None:
    error = row("a", "error", message="teardown", failure="E teardown", sections=[("stdout", "bye")])
    made = tally(row("a", sections=[("stdout", "hi")]), error)
    record = made.tests["a"]
    assert (record.outcome, record.failure) == ("error", "E teardown")
    assert [section.text for section in record.sections] == ["hi", "bye"]
    assert [attempt.message for attempt in record.attempts] == ["teardown"]


def test_a_failed_test_stays_failed_when_its_teardown_fails_too() -> None:
    made = tally(
        row("a", "failed", message="first", failure="E one"), row("a", "error", message="then", failure="E two")
    )
    record = made.tests["a"]
    assert (record.outcome, record.failure, record.attempts[0].message) == ("failed", "E one\nE two", "first")


def test_not_run_is_replaced_by_a_result() -> None:
    made = tally(row("a", "not_run", reason="?"), row("a", "passed"))
    assert made.tests["a"].outcome == "passed"
    assert made.outcome(0, "", "", 1.0, "run", "").record.counts == {"passed": 1}


@pytest.mark.parametrize(
    ("outcomes", "status", "expected"),
    [
        (["passed", "skipped", "xfailed"], 0, ("passed", "2 files changed")),
        (["passed", "failed"], 1, ("failed", "2 files changed")),
        (["crashed"], 1, ("failed", "2 files changed")),
        (["timeout"], 1, ("failed", "2 files changed")),
        (["passed"], 1, ("failed", "pytest ended with exit status 1 though no test failed (a plugin's threshold?)")),
        (["passed", "not_run"], 2, ("error", "the session was interrupted by a test or a plugin")),
        ([], 5, ("empty", "no test matches")),
        ([], 0, ("empty", "no test matches")),
        (["passed"], 70, ("error", "pytest ended with exit status 70")),
    ],
)
def test_verdict(outcomes: list[str], status: int, expected: tuple[str, str]) -> None:
    made = tally(*(row(f"test_{number}", outcome) for number, outcome in enumerate(outcomes)))
    assert verdict(made, status) == expected


def test_what_weighs_more() -> None:
    made = tally(row("a", "failed"))
    assert verdict(made, 1, problem="no conftest", stopped="interrupted") == ("error", "no conftest")
    assert verdict(made, 1, stopped="over its limit") == ("failed", "over its limit")
    assert verdict(tally(row("a")), 0, stopped="interrupted") == ("not_run", "interrupted")
    made.collect_errors = ["t.py", "u.py"]
    assert verdict(made, 2) == ("error", "2 of its files can't be collected")


def test_spans_count_from_the_run_s_beginning() -> None:
    made = tally()
    made.span({"kind": "span", "worker": "gw1", "begin": 1_000_001.5, "until": 1_000_003.0, "end": "done"})
    (span,) = made.outcome(0, "", "", 1.0, "run", "").spans
    assert (span.worker, span.category, span.begin, span.until, span.end) == ("gw1", "unit", 1.5, 3.0, "done")


def test_no_text_that_no_file_could_take() -> None:
    bad = "caf\udce9"
    made = tally(row(bad, "failed", message=bad, failure=bad, file=bad, reason=bad, sections=[(bad, bad)]))
    made.collect_errors = [bad]
    outcome = made.outcome(1, bad, bad, 1.0, "run", bad)
    for record in (outcome.record, *outcome.tests):
        repr(record).encode()
    assert outcome.tests[0].id == "caf\\udce9"


def test_times_in_utc() -> None:
    assert iso(0) == ""
    assert iso(1_763_631_012.345) == "2025-11-20T09:30:12.345Z"

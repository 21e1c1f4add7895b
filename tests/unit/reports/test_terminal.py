"""What a run looks like on a pipe (plain) and on a terminal (live), and that a reader who leaves does no harm."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sample_runs import HOSTILE, make_run, make_test, rich_run

from lamina.records import (
    CategoryFinished,
    CategoryRecord,
    CategoryStarted,
    Collected,
    Event,
    Note,
    Running,
    RunRecord,
    TestFinished,
)
from lamina.reports.terminal import Terminal
from lamina.reports.wording import seconds_text


def shown(*events: Event, color: bool = False, live: bool = False) -> str:
    stream = io.StringIO()
    terminal = Terminal(stream, color, 100, live)
    for event in events:
        terminal.handle(event)
    return stream.getvalue()


def events_of(run: RunRecord) -> list[Event]:
    """As the engine would have sent them, category by category."""
    events: list[Event] = []
    for layer in run.layers:
        for category in layer.categories:
            tests = [test for test in run.tests if test.category == category.name]
            if category.outcome in ("passed", "failed", "error"):
                events += [CategoryStarted(category.name, layer.name), Collected(category.name, len(tests))]
                events += [TestFinished(test) for test in tests]
            events.append(CategoryFinished(category))
    return events


def record(outcome: str = "passed", **fields: object) -> CategoryFinished:
    values = {"counts": {"passed": 3}, "duration": 1.5, "reason": "2 files changed", **fields}
    return CategoryFinished(CategoryRecord(name="unit", layer="fast_feedback", outcome=outcome, **values))  # type: ignore[arg-type]


def test_a_category_says_when_it_begins() -> None:
    assert shown(CategoryStarted("unit", "fast_feedback"), Collected("unit", 1200)) == "unit: running 1,200 tests\n"
    again = shown(CategoryStarted("unit", "fast_feedback", 1200, 4.2), Collected("unit", 1200))
    assert again == "unit: running 1,200 tests, 4.2 s last time\n"


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (record(), "unit: passed, 3 passed in 1.5 s"),
        (record("cached", counts={"passed": 400}), "unit: up to date, 400 tests cached"),
        (record("not_run", counts={}, reason="smoke failed"), "unit: not run (smoke failed)"),
        (record("error", counts={}, reason="conftest.py raises"), "unit: error: conftest.py raises"),
        (record("failed", counts={"failed": 1, "passed": 2}), "unit: failed, 1 failed, 2 passed in 1.5 s"),
        (
            record("failed", counts={"failed": 1, "not_run": 2}, reason="over its limit of 9 s"),
            "unit: failed, 1 failed, 2 not run in 1.5 s: over its limit of 9 s",
        ),
        (record("failed", reason="coverage is below 90 %"), "unit: failed, 3 passed in 1.5 s: coverage is below 90 %"),
    ],
)
def test_a_category_says_what_it_came_to(event: CategoryFinished, line: str) -> None:
    assert shown(event) == f"fast_feedback\n  {line}\n"


def test_empty_categories_are_one_line_at_the_end() -> None:
    stream = io.StringIO()
    terminal = Terminal(stream, False, 100, False)
    for name in ("database", "api"):
        terminal.handle(CategoryFinished(CategoryRecord(name=name, layer="core", outcome="empty")))
    terminal.finish(make_run([]), None)
    first, last = stream.getvalue().splitlines()
    assert first == "empty, no test matches: database, api"
    assert last.startswith("PASSED  no tests") and "index.html" not in last, "no page, no path"


def test_a_layer_is_named_once() -> None:
    assert shown(record(), record()).count("fast_feedback") == 1


def test_a_failure_is_a_line_with_its_message_and_place() -> None:
    test = make_test("tests/a.py::test_x", "failed", message="assert 1 == 2")
    assert shown(TestFinished(test)) == "FAILED tests/a.py::test_x  assert 1 == 2  (tests/a.py:12)\n"


@pytest.mark.parametrize("outcome", ["error", "crashed", "timeout"])
def test_so_is_what_else_went_wrong(outcome: str) -> None:
    assert shown(TestFinished(make_test("test_x", outcome))).startswith(f"{outcome.upper()} ")  # type: ignore[arg-type]


@pytest.mark.parametrize("outcome", ["passed", "skipped", "xfailed", "xpassed", "not_run"])
def test_what_went_well_is_not_told(outcome: str) -> None:
    assert shown(TestFinished(make_test("test_x", outcome))) == ""  # type: ignore[arg-type]


def test_pytests_own_summary_is_printed_as_it_is_and_once() -> None:
    summary = "\x1b[31m=== FAILURES ===\x1b[0m\n    def test_x():\n>     assert 1 == 2"
    assert shown(record("failed", summary=summary)).count(summary) == 1


def test_a_slow_test_is_named_once() -> None:
    running = [
        Running("unit", [("gw0", "tests/a.py::test_x", seconds), ("gw1", "quick", 2.0)])
        for seconds in (59.0, 61.0, 62.0)
    ]
    assert shown(*running) == "slow: tests/a.py::test_x has been running for 1 min 01 s\n"


@pytest.mark.parametrize(("usual", "said"), [(0.001, 5.0), (2.0, 20.0), (30.0, 60.0)])
def test_a_test_that_takes_ten_times_as_long_as_last_time_is_slow(usual: float, said: float) -> None:
    events = [
        CategoryStarted("unit", "fast_feedback", 1, usual, {"tests/a.py::test_x": usual}),
        *(Running("unit", [("gw0", "tests/a.py::test_x", float(seconds))]) for seconds in range(100)),
    ]
    said_text, usual_text = seconds_text(said), seconds_text(usual)
    assert shown(*events) == f"slow: tests/a.py::test_x has been running for {said_text}, {usual_text} last time\n"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize("live", [False, True], ids=["plain", "live"])
def test_hostile_texts_are_shown_and_not_obeyed(text: str, live: bool) -> None:
    test = make_test(f"tests/a.py::test_x[{text}]", "failed", message=text)
    output = shown(TestFinished(test), Note(text), record("error", reason=text), live=live)
    assert "\x1b" not in output
    assert "\x07" not in output
    assert len(output.splitlines()) == 4


def test_a_stream_that_knows_few_characters_gets_escapes() -> None:
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding="ascii")
    Terminal(stream, False, 100, False).handle(TestFinished(make_test("tests/a.py::test_☃", "failed")))
    stream.flush()
    assert rb"test_\u2603" in raw.getvalue()


def test_the_end_says_what_to_run_again_and_the_verdict_last(tmp_path: Path) -> None:
    stream = io.StringIO()
    Terminal(stream, False, 100, False).finish(rich_run(), tmp_path)
    lines = stream.getvalue().splitlines()
    assert lines[0] == "To run what failed again:"
    assert "  pytest tests/api/test_cart.py::test_discount_is_taken_once  # tests/api/test_cart.py:41" in lines
    assert (
        "  pytest 'tests/integration/test_images.py::test_thumbnail[broken.png]'  # tests/integration/test_images.py:23"
        in lines
    )
    assert "not run: 2 tests (core_integration failed)" in lines
    assert lines[-1].startswith("FAILED  1 failed, 1 error, 1 crashed, 1 timed out, ")


def test_only_the_first_failures_are_named(tmp_path: Path) -> None:
    stream = io.StringIO()
    run = make_run([make_test(f"test_{number}", "failed") for number in range(25)])
    Terminal(stream, False, 100, False).finish(run, tmp_path)
    assert stream.getvalue().count("  pytest ") == 20
    assert "  and 5 more, in the report" in stream.getvalue()


def test_events_of_many_threads_do_not_mix() -> None:
    stream = io.StringIO()
    terminal = Terminal(stream, False, 100, False)
    test = make_test("tests/a.py::test_x", "failed", message="assert 1 == 2")

    def send() -> None:
        for _ in range(100):
            terminal.handle(TestFinished(test))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(stream.getvalue().splitlines()) == {"FAILED tests/a.py::test_x  assert 1 == 2  (tests/a.py:12)"}


@pytest.mark.parametrize("live", [False, True], ids=["plain", "live"])
def test_a_reader_that_leaves_is_no_error(live: bool) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stream:
        terminal = Terminal(stream, False, 100, live)
        os.close(reading)
        for event in events_of(rich_run()):
            terminal.handle(event)
        terminal.finish(rich_run(), Path("reports"))


@pytest.mark.parametrize("live", [False, True], ids=["plain", "live"])
def test_a_closed_stream_is_no_error(live: bool) -> None:
    stream = io.StringIO()
    terminal = Terminal(stream, False, 100, live)
    terminal.handle(CategoryStarted("unit", "fast_feedback"))
    stream.close()
    terminal.handle(Note("x"))
    terminal.finish(rich_run(), Path("reports"))


def test_live_lines_stay_in_the_scrollback_in_order() -> None:
    plain = [line for line in shown(*events_of(rich_run())).splitlines() if "running" not in line]
    live = shown(*events_of(rich_run()), live=True)
    positions = [live.find(line) for line in plain]
    assert -1 not in positions
    assert positions == sorted(positions)


def test_live_progress_shows_the_category_and_how_far_it_is() -> None:
    stream = io.StringIO()
    terminal = Terminal(stream, False, 100, True)
    terminal.handle(CategoryStarted("unit", "fast_feedback"))
    terminal.handle(Collected("unit", 12))
    terminal.handle(TestFinished(make_test("test_x", "failed")))
    terminal.finish(make_run([]), Path("reports"))  # draws what is there a last time, without waiting for the clock
    output = stream.getvalue()
    assert "unit" in output
    assert "collecting" in output
    assert "1/12" in output
    assert "1 failed" in output


def test_nothing_heavy_is_imported_where_nothing_moves() -> None:
    code = (
        "import sys\n"
        "from lamina.records import CategoryFinished, CategoryRecord\n"
        "from lamina.reports.terminal import Terminal\n"
        "terminal = Terminal(sys.stderr, True, 80, True)\n"
        "terminal.handle(CategoryFinished(CategoryRecord(name='unit', layer='x', outcome='cached')))\n"
        "print(sorted({'rich', 'jinja2', 'pytest'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"

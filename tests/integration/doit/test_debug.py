"""`doit debug`: a test in the foreground of a real terminal."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest
from pseudo_terminal import PseudoTerminal, pseudo_terminal

TESTS = """\
import os
import pytest


def test_stops():
    secret = 41
    breakpoint()
    print("went on with", secret)


class TestGroup:
    @pytest.mark.parametrize("text", ["a=1", "b"])
    def test_shows(self, text):
        print("shown:", text, os.environ["OWN"], os.environ["LAMINA_CATEGORY"])


def test_fails():
    assert 1 == 2
"""
LAYERS = """\
layers:
  fast_feedback:
    categories:
      - name: unit
        environment: {OWN: "of unit"}
        pytest_args: ["-p", "no:randomly"]
"""
FILE = "tests/unit/test_stop.py"


@pytest.fixture
def debugged(project: Any) -> Any:
    project.write(FILE, TESTS)
    project.write("layers/test_layers.yaml", LAYERS)
    # What a project may have in its options, and what would take the terminal from the debugger.
    project.write("pytest.ini", "[pytest]\naddopts = -n 2 --cov=src\n")
    return project


def started(project: Any, terminal: PseudoTerminal, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        project.command(*words), cwd=project.root, env={**project.environment, "TERM": "dumb", "PYTHON_COLORS": "0"},
        stdin=terminal.slave, stdout=terminal.slave, stderr=terminal.slave, start_new_session=True,
    )  # fmt: skip


def waited(holds: Callable[[], bool], seconds: float = 30) -> bool:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def test_a_breakpoint_works(debugged: Any) -> None:
    with pseudo_terminal() as terminal:
        process = started(debugged, terminal, "debug", "test_stops")
        assert waited(lambda: "(Pdb)" in terminal.output), terminal.output
        terminal.press(b"p secret + 1\n")
        assert waited(lambda: "42" in terminal.output.partition("(Pdb)")[2]), terminal.output
        terminal.press(b"c\n")
        assert process.wait(timeout=60) == 0
        shown = terminal.finish()
    assert "went on with 41" in shown
    assert "1 passed" in shown


def test_leaving_the_debugger(debugged: Any) -> None:
    with pseudo_terminal() as terminal:
        process = started(debugged, terminal, "debug", "--pdb", "test_fails")
        assert waited(lambda: "(Pdb)" in terminal.output), terminal.output
        terminal.press(b"q\n")
        assert process.wait(timeout=60) == 130
        assert "assert 1 == 2" in terminal.finish()


@pytest.mark.parametrize(
    ("word", "shown"),
    [
        ("test_shows", ["shown: a=1 of unit unit", "shown: b of unit unit", "2 passed"]),
        (f"{FILE}::TestGroup::test_shows[a=1]", ["shown: a=1 of unit unit", "1 passed"]),
        ("unit:test_shows", ["2 passed"]),
    ],
)
def test_the_output_is_not_captured(debugged: Any, word: str, shown: list[str]) -> None:
    out, _ = debugged.doit("debug", word)
    assert [text for text in shown if text not in out] == []


def test_a_class_or_a_file_after_a_run(debugged: Any) -> None:
    debugged.write(FILE, TESTS.replace("    breakpoint()\n", ""))
    debugged.doit("unit", status=1)
    assert "2 passed" in debugged.doit("debug", f"{FILE}::TestGroup")[0]
    assert "2 passed" in debugged.doit("debug", "test_shows")[0]
    assert "1 failed, 3 passed" in debugged.doit("debug", FILE, status=1)[0]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["test_stop_"], "there is no test 'test_stop_', did you mean test_stops?"),
        (["test_"], "'test_' may mean any of"),
        ([], "debug needs a test's id"),
        (["test_fails", "test_s.py"], "tests of one category at a time, and these are of unit and smoke"),
    ],
)
def test_what_is_asked_for_wrongly(debugged: Any, words: list[str], said: str) -> None:
    _, err = debugged.doit("debug", *words, status=3)
    assert said in err
    assert "Traceback" not in err

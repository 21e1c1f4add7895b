"""A whole run on a (pseudo) terminal: what is there while it goes on, and what is left of it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pseudo_terminal import PseudoTerminal, lines_left, pseudo_terminal

TESTS = """\
import pathlib, time
import pytest

def test_waits():
    pathlib.Path("waiting").touch()
    deadline = time.monotonic() + {seconds}
    while not pathlib.Path("go").exists() and time.monotonic() < deadline:
        time.sleep(0.02)

def test_fails():
    assert 1 == 2
"""
# Whatever runs these tests may itself be a run of lamina or of pytest.
FOREIGN = ("LAMINA_", "PYTEST_", "COV_", "DOIT_", "FORCE_COLOR", "NO_COLOR", "PY_COLORS", "COLUMNS", "LINES")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    for category in ("api", "database"):
        folder = tmp_path / "tests" / category
        folder.mkdir(parents=True)
        (folder / f"test_{category}.py").write_text(TESTS.format(seconds=60))
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    return tmp_path


def environment() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}


def start(project: Path, pseudo: PseudoTerminal, *words: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "lamina", *words],
        cwd=project,
        env={**environment(), "TERM": "xterm-256color"},
        stdin=pseudo.slave,
        stdout=pseudo.slave,
        stderr=pseudo.slave,
    )


def wait_for(condition: Callable[[], object], run: subprocess.Popen[bytes], pseudo: PseudoTerminal) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert run.poll() is None and time.monotonic() < deadline, pseudo.output
        time.sleep(0.02)


def test_progress_while_it_goes_on_and_clean_lines_afterwards(project: Path) -> None:
    with pseudo_terminal() as pseudo:
        run = start(project, pseudo, "-n", "4", "-s", "api", "database")
        wait_for(lambda: both_are_half_done(pseudo.output), run, pseudo)
        (project / "go").touch()
        assert run.wait(timeout=60) == 1, pseudo.output
        output = pseudo.finish()
    assert "━" in output
    left = lines_left(output)
    text = "\n".join(left)
    assert "━" not in text
    for category in ("api", "database"):
        assert (
            f"  pytest tests/{category}/test_{category}.py::test_fails  # tests/{category}/test_{category}.py:10"
            in left
        )
        assert text.count(f"FAILED tests/{category}/test_{category}.py::test_fails") == 1
        assert text.count(f"  {category}: failed, 1 failed, 1 passed in ") == 1
    assert [line for line in left if line][-1].startswith("FAILED  2 failed, 2 passed · executed 4, cached 0 · ")


def test_ctrl_c_leaves_neither_bars_nor_a_strange_terminal(project: Path) -> None:
    with pseudo_terminal() as pseudo:
        before = termios.tcgetattr(pseudo.slave)
        run = start(project, pseudo, "-n", "4", "-s", "api", "database")
        wait_for(lambda: both_are_half_done(pseudo.output), run, pseudo)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=60) == 130, pseudo.output
        assert termios.tcgetattr(pseudo.slave) == before
        output = pseudo.finish()
    left = lines_left(output)
    assert "━" in output and "━" not in "".join(left)
    assert "note: ending; once more to end at once" in left
    assert [line for line in left if line][-1].startswith("INTERRUPTED  2 failed, 2 not run · executed 2, cached 0 · ")
    assert output.rfind("\x1b[?25h") > output.rfind("\x1b[?25l"), "the cursor is shown again"


def test_a_second_ctrl_c_gives_the_line_and_the_cursor_back(project: Path) -> None:
    with pseudo_terminal() as pseudo:
        run = start(project, pseudo, "-n", "4", "-s", "api")
        wait_for(lambda: "1/2" in pseudo.output, run, pseudo)
        run.send_signal(signal.SIGINT)
        run.send_signal(signal.SIGINT)
        assert run.wait(timeout=60) == 130, pseudo.output
        output = pseudo.finish()
    assert output.rfind("\x1b[?25h") > output.rfind("\x1b[?25l")


def test_nothing_moves_where_nothing_has_to_run(project: Path) -> None:
    (project / "tests" / "smoke").mkdir()
    (project / "tests" / "smoke" / "test_s.py").write_text("def test_s(): pass\n")
    command = [sys.executable, "-m", "lamina", "smoke"]
    subprocess.run(command, cwd=project, env=environment(), check=True, capture_output=True)
    with pseudo_terminal() as pseudo:
        assert start(project, pseudo, "smoke").wait(timeout=60) == 0
        output = pseudo.finish()
    assert "\x1b[?25l" not in output
    assert [line for line in lines_left(output) if line][-1].startswith("PASSED  1 passed · executed 0, cached 1 · ")


def both_are_half_done(output: str) -> bool:
    """The display is drawn again and again, so one category alone may show it many times."""
    return all(re.search(rf"{category}.*1/2", output) for category in ("api", "database"))

"""What a run says when it is asked what it is doing."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path
from typing import Any

TESTS = """\
import pathlib, time
import pytest

@pytest.fixture(scope="module", autouse=True)
def in_order():
    pass

@pytest.mark.parametrize("number", range(4))
def test_held(number):
    assert number != 1
    while number == 3 and not pathlib.Path({gate!r}).exists():
        pathlib.Path({held!r}).touch()
        time.sleep(0.05)
"""


def test_sigusr1_prints_what_a_run_does(project: Any, tmp_path: Path) -> None:
    gate, held = tmp_path / "gate", tmp_path / "held"
    project.write("pytest.ini", "[pytest]\naddopts = -p no:randomly\n")
    project.write("tests/unit/test_u.py", TESTS.format(gate=str(gate), held=str(held)))
    run = project.start("-n", "2", "fast_feedback")
    while not held.exists():
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    time.sleep(0.6)  # what workers do is told four times a second
    run.send_signal(signal.SIGUSR1)
    lines: list[str] = []
    while not lines or " in use, " not in lines[-1]:
        line = run.stdout.readline()
        assert line, lines
        lines.append(line.rstrip("\n"))
    gate.touch()
    out, err = run.communicate(timeout=60)
    assert run.returncode == 1, out + err
    text = "\n".join(lines)
    assert re.search(r"^4 of 5 tests so far", text, re.MULTILINE), text
    assert re.search(r"^  smoke  passed      1 passed  ", text, re.MULTILINE), text
    assert re.search(r"^  unit   running     3 of 4 tests  1 failed  ", text, re.MULTILINE), text
    assert "1 failure:\n  tests/unit/test_u.py::test_held[1]\n" in text
    assert re.search(r"^running now:\n  gw\d .* tests/unit/test_u.py::test_held\[3\]$", text, re.MULTILINE), text
    found = re.fullmatch(r"1 of 2 slots in use, (\d+) MB in (\d+) processes", lines[-1])
    assert found, lines[-1]
    # A guardian, its session, and the worker.
    assert int(found[2]) == 3 and int(found[1]) > 5
    assert "nothing runs yet" not in text + out

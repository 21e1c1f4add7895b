"""Ctrl-C and SIGTERM: an orderly end with reports, or an immediate one."""

from __future__ import annotations

import signal
import time
from pathlib import Path
from typing import Any

import pytest

SLEEP = """\
import pathlib, time

def test_first():
    pass

def test_sleeps():
    pathlib.Path({marker!r}).touch()
    time.sleep(60)
"""
STUBBORN = """\
import pathlib, signal, time

def test_sleeps():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    pathlib.Path({marker!r}).touch()
    while True:
        time.sleep(1)
"""


def start(project: Any, text: str, marker: Path, *words: str) -> Any:
    project.write("tests/unit/test_u.py", text.format(marker=str(marker)))
    run = project.start(*words)
    while not marker.exists():
        assert run.poll() is None, run.communicate()
        time.sleep(0.02)
    return run


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_ends_in_order(project: Any, tmp_path: Path, number: signal.Signals) -> None:
    project.write("tasks/own.py", "def task_late():\n    return {'actions': ['touch late']}\n")
    run = start(project, SLEEP, tmp_path / "marker", "-n", "1", "fast_feedback", "api", "late")
    began = time.monotonic()
    run.send_signal(number)
    out, err = run.communicate(timeout=30)
    assert run.returncode == 130, out + err
    assert time.monotonic() - began < 4
    assert "Traceback" not in out + err
    results = project.results()
    assert results["run"]["interrupted"] is True
    found = {test["id"].rpartition(":")[2]: test["outcome"] for test in results["tests"]}
    assert found["test_sleeps"] in ("not_run", "failed"), found
    assert project.outcomes()["smoke"] == "passed"
    assert project.outcomes()["api"] == "not_run"
    assert not (project.root / "late").exists(), "nothing new may begin"


def test_second_signal_ends_at_once(project: Any, tmp_path: Path) -> None:
    run = start(project, STUBBORN, tmp_path / "marker", "unit")
    run.send_signal(signal.SIGINT)
    time.sleep(0.2)
    began = time.monotonic()
    run.send_signal(signal.SIGINT)
    run.wait(timeout=30)
    assert run.returncode == 130
    assert time.monotonic() - began < 1
    run.communicate()


def test_the_next_run_runs_what_was_interrupted(project: Any, tmp_path: Path) -> None:
    run = start(project, SLEEP, tmp_path / "marker", "unit")
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)
    project.write("tests/unit/test_u.py", "def test_another(): pass\n")
    project.doit("unit")
    assert project.outcomes() == {"unit": "passed"}

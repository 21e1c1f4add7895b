"""What is said of a session that did not start: the line that tells most."""

from __future__ import annotations

from pathlib import Path

import pytest

from lamina.engine.session_log import how_it_ended, tail, usage_problem


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "usage: pytest [options]\npytest: error: unrecognized arguments: --x\n  inifile: a.ini\n",
            "unrecognized arguments: --x",
        ),
        ("conftest.py:1: in <module>\n    raise ValueError('no')\nE   ValueError: no\n", "ValueError: no"),
        ("a warning\nERROR: file or directory not found: x\n\n", "file or directory not found: x"),
        ("something else\n", "something else"),
        ("", "pytest ended with exit status 4"),
    ],
)
def test_what_pytest_complains_of(text: str, problem: str) -> None:
    assert usage_problem(4, text) == problem
    assert usage_problem(1, text) == ""


def test_the_end_of_the_log(tmp_path: Path) -> None:
    log = tmp_path / "log"
    assert tail(log) == ""
    log.write_bytes(b"".join(b"line %d\n" % number for number in range(100)) + b"\xff\n")
    assert tail(log).splitlines()[0] == "line 71"
    assert tail(log).splitlines()[-1] == "\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("status", "text"), [(-11, "died of SIGSEGV"), (139, "died of SIGSEGV"), (7, "ended with exit status 7")]
)
def test_how_it_ended(status: int, text: str) -> None:
    assert how_it_ended(status) == text

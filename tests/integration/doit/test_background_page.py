"""The examples of docs/background.md do what the page says, apart from numbers that differ from run to run."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PAGE = (Path(__file__).parents[3] / "docs" / "background.md").read_text()
SHOP = """\
import pathlib, time
import pytest

@pytest.fixture(scope="module", autouse=True)
def in_order():
    pass

@pytest.mark.parametrize("number", range(9))
def test_checkout(number):
    assert number != 1
    while number == 3 and not pathlib.Path({gate!r}).exists():
        time.sleep(0.02)
"""


def alike(text: str) -> str:
    """Without process ids, moments, durations, columns, and which worker it was."""
    text = re.sub(r"reports/runs/\S+/", "reports/runs/ID/", text)
    text = re.sub(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", "MOMENT", text)
    text = re.sub(r"process \d+|\d+\.log|gw\d", "N", text)
    text = re.sub(r"(\d+ h )?(\d+ min )?\d+(\.\d+)? (ms|s|min)\b", "TIME", text)
    return re.sub(r" +", " ", text).strip()


def examples() -> list[tuple[str, str]]:
    """Each command of the page with what it is said to print."""
    blocks = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
    return [
        (command, said)
        for block in blocks
        for command, said in re.findall(r"^\$ (.*)\n((?:[^$\n].*\n)*)", block, re.MULTILINE)
    ]


def as_on_page(shown: str) -> bool:
    """The page shows a moment: the fourth test is held, the run has noted so, and category and whole have an estimate."""
    return "3 of 9 tests" in shown and "test_checkout[3]" in shown and shown.count("left\n") == 2


def test_the_page(project: Any, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    said = [(command, alike(text)) for command, text in examples()]
    assert [command for command, _ in said] == [
        "doit background=true e2e", "doit status", "doit unit", "doit stop", "doit stop", "doit background=true unit",
    ]  # fmt: skip
    (project.root / "tests/smoke/test_s.py").unlink()
    (project.root / "tests/api/test_a.py").unlink()
    project.write("pytest.ini", "[pytest]\naddopts = -p no:randomly\n")
    project.write("tests/e2e/test_shop.py", SHOP.format(gate=str(gate)))

    def check(number: int, status: int = 0) -> None:
        command, text = said[number]
        words = command.split()[1:]
        out, err = (
            project.doit("-n", "1", *words, status=status)
            if words[0] not in ("status", "stop")
            else project.doit(*words, status=status)
        )
        assert alike(out + err) == text, command

    check(0)
    while not as_on_page(shown := project.doit("status")[0]):
        assert "ended" not in shown
    check(1)
    check(5, status=3)
    gate.touch()
    project.doit("status", "--wait", status=1)
    check(2)
    gate.unlink()
    project.doit("fresh=true", "-n", "1", "background=true", "e2e")
    while "3 of 9 tests" not in project.doit("status")[0]:
        pass
    check(3)
    check(4, status=1)

"""Runs of one checkout that overlap share the workers that there may be."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

TESTS = """\
import time
import pytest

@pytest.mark.parametrize("number", range({number}))
def test_sleeps(number):
    begin = time.monotonic()
    time.sleep(0.2)
    with open({log!r}, "a") as log:
        log.write(f"{{begin}} {{time.monotonic()}}\\n")
"""


def spans(log: Path) -> list[tuple[float, float]]:
    lines = log.read_text().splitlines() if log.exists() else []
    return [(float(begin), float(end)) for begin, end in map(str.split, lines)]


def most_at_once(spans: list[tuple[float, float]]) -> int:
    changes = sorted([(begin, 1) for begin, _ in spans] + [(end, -1) for _, end in spans])
    return max(sum(change for _, change in changes[: number + 1]) for number in range(len(changes)))


def test_a_run_beside_one_in_the_background_takes_its_share(project: Any, tmp_path: Path) -> None:
    background, foreground = tmp_path / "background", tmp_path / "foreground"
    project.environment["LAMINA_MAX_WORKERS"] = "2"
    project.write("tests/unit/test_u.py", TESTS.format(number=600, log=str(background)))
    project.write("tests/api/test_a.py", TESTS.format(number=8, log=str(foreground)))
    project.doit("-s", "background=true", "unit")
    while len(spans(background)) < 4:
        time.sleep(0.05)
    project.doit("-s", "api")
    done = len(spans(background))
    project.doit("stop")
    assert done < 600, "it had to wait for the other run"
    (begin, _), (_, end) = min(spans(foreground)), max(spans(foreground))
    assert any(begin < span[0] < end for span in spans(background)), "the other run had nothing meanwhile"
    assert most_at_once(spans(background)) == 2
    assert most_at_once(spans(background) + spans(foreground)) == 2


def test_more_workers_than_there_are_can_be_asked_for(project: Any, tmp_path: Path) -> None:
    background, foreground = tmp_path / "background", tmp_path / "foreground"
    project.environment["LAMINA_MAX_WORKERS"] = "1"
    project.write("tests/unit/test_u.py", TESTS.format(number=600, log=str(background)))
    project.write("tests/api/test_a.py", TESTS.format(number=8, log=str(foreground)))
    project.doit("-s", "background=true", "unit")
    while len(spans(background)) < 2:
        time.sleep(0.05)
    project.doit("-s", "-n", "2", "api")
    project.doit("stop")
    assert most_at_once(spans(foreground)) == 2
    assert most_at_once(spans(background)) == 1

"""One round of each kind of `benchmarks/chaos.py`, which runs two hundred of them."""

from __future__ import annotations

import sys
from pathlib import Path
from random import Random

import pytest

sys.path.append(str(Path(__file__).parents[3] / "benchmarks"))

from chaos import Round
from chaos_bounds import Room
from chaos_harms import KINDS
from chaos_suite import draw


@pytest.mark.parametrize("kind", KINDS)
def test_a_round(tmp_path: Path, kind: str) -> None:
    made = Round(tmp_path / "round", 7, kind, is_warm=kind == "worker")
    if kind == "children" and not made.bounds_processes:
        made.clear()
        pytest.skip("nothing here bounds the number of processes: no control group can be made, and root has no limit")
    assert made.run() == [], made.line
    assert made.line.endswith("ok")


def test_a_suite_knows_what_an_edit_concerns(tmp_path: Path) -> None:
    suite = draw(Random(1))
    before = [suite.value(part, 1) for part in range(len(suite.constants))]
    part = suite.edit(Random(2))
    changed = {number for number, value in enumerate(before) if suite.value(number, 1) != value}
    assert changed == {number for number in range(len(before)) if part in suite.closure(number)}


def test_a_room_is_left_empty(tmp_path: Path) -> None:
    import subprocess

    room = Room("test", False)
    process = subprocess.Popen(room.command(["sh", "-c", "sleep 600 & exec sleep 600"]), env={"CHAOS_ROUND": "test"})
    try:
        while len(room.members()) < 2:
            assert process.poll() is None
    finally:
        room.clear()
    assert process.wait(10) and not room.members()

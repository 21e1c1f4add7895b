"""What it takes to decide which of 100,000 tests an edit affects, executing none of them."""

from __future__ import annotations

import time
from itertools import count
from pathlib import Path

from measuring import Command, Row, in_turn, lamina
from projects import chained

_MODULES, _FUNCTIONS, _FILES, _TESTS, _DEPTH = 200, 50, 500, 200, 100


def rows(folder: Path, repeats: int) -> list[Row]:
    """After one run of all tests has filled the store, each of which runs 100 of 10,000 functions, one body is edited."""
    project = chained(folder / "chained", _MODULES, _FUNCTIONS, _FILES, _TESTS, _DEPTH)
    Command("recording", lamina("-n", "2", "unit"), project).run()
    module = project / "library" / f"module_{_MODULES // 2}.py"
    text = module.read_text()
    numbers = count(1)

    def edit() -> None:
        time.sleep(1.1)
        module.write_text(text.replace("    return", f"    edit = {next(numbers)}\n    return", 1))

    affected = Command("lamina affected", lamina("affected"), project, before=edit)
    in_turn([affected], max(repeats, 3))
    work = f"deciding for {_FILES * _TESTS:,} tests after one edit (lamina affected, from command to answer)"
    return [
        Row(work, f"{affected.median:.2f} s", "≤ 1 s", affected.median <= 1),
        Row("the same: peak memory", f"{affected.peak:.0f} MB", "≤ 300 MB", affected.peak <= 300),
    ]

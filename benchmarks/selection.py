"""What it costs to learn what tests depend on, and what that saves after an edit, on networkx and against pytest-testmon."""

from __future__ import annotations

import ast
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from measuring import CODE, Command, Row, forget, in_turn, lamina, pytest, ratio, testmon
from projects import real

# The part of `.lamina` that holds what is known of each test.
_STORE = "cache.sqlite3"
_FOLDERS = ("ours", "theirs")


@dataclass(frozen=True)
class Function:
    """A function whose body is edited: each edit is one that was not there before."""

    path: str
    name: str
    used: str

    def edit(self, project: Path, number: int) -> None:
        """Has the body begin with an assignment that does nothing."""
        file = project / self.path
        text = file.read_text()
        found = next(
            node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef) and node.name == self.name
        )
        # The last statement is on lines of its own, and behind a docstring if there is one.
        first = found.body[1] if ast.get_docstring(found) else found.body[0]
        lines = text.splitlines(keepends=True)
        lines.insert(first.lineno - 1, f"{' ' * first.col_offset}edit_{number} = {number}\n")
        file.write_text("".join(lines))


_FEW = Function("networkx/algorithms/bridges.py", "bridges", "few tests")
_MANY = Function("networkx/algorithms/shortest_paths/weighted.py", "_dijkstra_multisource", "many tests")


def rows(folder: Path, repeats: int) -> list[Row]:
    """All of them, with one unpacked networkx for lamina and one for testmon."""
    ours, theirs = (folder / name for name in _FOLDERS)
    real("networkx", "3.6.1", folder).rename(ours)
    shutil.copytree(ours, theirs)
    return [*tracing(ours, repeats), *after_edits(ours, theirs, repeats)]


def tracing(project: Path, repeats: int) -> list[Row]:
    """A cold run that records what each test uses, against one that does not."""
    keep = forget(project, CODE)
    run = lamina("-n", "2", "unit")
    collect = Command("collection", pytest("-p", "no:xdist", "--collect-only", "-q"), project)
    without = Command("cold, not traced", run, project, before=keep, variables={"LAMINA_TRACE": "0"})
    first = Command("cold, traced, first time ever", run, project, before=forget(project))
    traced = Command("cold, traced, probes compiled", run, project, before=keep)
    in_turn([without, first, traced], repeats, warm_up=collect)
    size = _size(project / ".lamina", _STORE)
    return [
        ratio("networkx cold with tracing / without, probes compiled", traced.median / without.median, 1.10),
        ratio("the same, first time ever", first.median / without.median, 1.25),
        Row("what is known of networkx's tests, on disk", f"{size / 1e6:.1f} MB", "≤ 20 MB", 0 < size <= 20e6),
    ]


def after_edits(ours: Path, theirs: Path, repeats: int) -> list[Row]:
    """From the command to the report: after an edit, after none, and after an edit that was taken back."""
    found = []
    # The first time, which is not counted, both run everything.
    for function in (_FEW, _MANY):
        peer = Command("testmon, one body edited", testmon(), theirs, before=_edits(function, theirs))
        mine = Command(
            "lamina -n 2 unit, one body edited", lamina("-n", "2", "unit"), ours, before=_edits(function, ours)
        )
        in_turn([peer, mine], repeats)
        executed, tests = executed_tests(ours)
        print(f"    {function.name}: lamina executed {executed} of {tests}", flush=True)
        work = f"one body edited that {function.used} use / testmon"
        found.append(ratio(work, mine.median / peer.median, 0.50))
    return [*found, *_unchanged(ours, theirs, repeats), *_taken_back(ours, repeats), _affected(ours, repeats)]


def executed_tests(project: Path) -> tuple[int, int]:
    """How many tests the latest run executed, of how many."""
    tests = json.loads((project / "reports" / "latest" / "results.json").read_text())["tests"]
    return sum(not test["cached"] for test in tests), len(tests)


def _unchanged(ours: Path, theirs: Path, repeats: int) -> list[Row]:
    peer = Command("testmon, nothing changed", testmon(), theirs, statuses=(0, 5))
    mine = Command("lamina -n 2 unit, nothing changed", lamina("-n", "2", "unit"), ours)
    in_turn([peer, mine], repeats)
    return [ratio("nothing changed in networkx / testmon", mine.median / peer.median, 0.20)]


def _taken_back(project: Path, repeats: int) -> list[Row]:
    executed = []
    back = Command("lamina -n 2 unit, edited back", lamina("-n", "2", "unit"), project)
    for number in range(repeats):
        right = (project / _MANY.path).read_text()
        _MANY.edit(project, number)
        Command("edit", lamina("-n", "2", "unit"), project).run()
        time.sleep(1.1)
        (project / _MANY.path).write_text(right)
        back.run()
        executed.append(executed_tests(project)[0])
    print(f"    {back.name:<34} {back.median:8.2f} s", flush=True)
    return [Row("edit, then edit back", f"{max(executed)} tests executed", "0", max(executed) == 0)]


def _affected(project: Path, repeats: int) -> Row:
    """A question that executes nothing."""
    affected = Command("lamina affected", lamina("affected"), project, before=_edits(_MANY, project))
    try:
        in_turn([affected], repeats)
    except SystemExit as error:  # what was measured before is worth more than an end here
        print(f"    {error}", flush=True)
        return Row("lamina affected on networkx", "failed", "< 1 s", False)
    return Row("lamina affected on networkx", f"{affected.median:.2f} s", "< 1 s", affected.median < 1)


def _edits(function: Function, project: Path) -> Callable[[], None]:
    """Before each run, another edit, in another second: bytecode is matched with its source by size and whole seconds."""
    numbers = count(int(time.time()))

    def edit() -> None:
        time.sleep(1.1)
        function.edit(project, next(numbers))

    return edit


def _size(folder: Path, prefix: str) -> int:
    """Bytes of the files in `folder` whose path begins with `prefix`; says what else is there."""
    sizes: dict[str, int] = {}
    for file in folder.rglob("*"):
        if file.is_file():
            name = file.relative_to(folder).parts[0]
            sizes[name] = sizes.get(name, 0) + file.stat().st_size
    print(
        "    .lamina: " + ", ".join(f"{name} {size / 1e6:.1f} MB" for name, size in sorted(sizes.items())), flush=True
    )
    return sum(size for name, size in sizes.items() if name.startswith(prefix))

"""What a run costs in which nothing changed, against an empty doit task that is up to date.

Makes two projects in a temporary folder, runs their tests once, and then times `doit` when there is nothing to do:
1,000 files with the first layer, and 10,000 files with all twelve categories. Both programs are timed in turn, run by
run, so that a busy machine is unfair to neither.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from measuring import Command, Row, in_turn, python

CATEGORIES = {
    "fast_feedback": ["smoke", "unit"],
    "core_integration": ["database", "api", "websocket", "integration"],
    "service_integration": ["agent", "e2e_critical", "frontend"],
    "e2e_performance": ["cypress", "e2e", "performance"],
}
DODO = """\
from lamina.cli.dodo import DOIT_CONFIG, project_tasks, task_layers
globals().update(project_tasks("tasks"))
"""
EMPTY_DODO = """\
DOIT_CONFIG = {"verbosity": 2}
def task_empty():
    return {"actions": ["true"], "uptodate": [True]}
"""
COMMANDS = """\
[tool.doit.plugins.command]
run = "lamina.cli.run_command:Run"
"""


def make_project(root: Path, files: int, categories: list[str], tests_each: int) -> None:
    """`files` small Python files in packages of 50, and a test file for each category among them."""
    root.mkdir()
    (root / "dodo.py").write_text(DODO)
    (root / "pyproject.toml").write_text(COMMANDS)
    (root / "pytest.ini").write_text("[pytest]\n")
    made = 3
    for category in categories:
        folder = root / "tests" / category
        folder.mkdir(parents=True)
        tests = "".join(f"def test_{number}():\n    pass\n" for number in range(tests_each))
        (folder / f"test_{category}.py").write_text(tests)
        made += 1
    for number in range(files - made):
        package = root / "src" / f"package_{number // 50}"
        package.mkdir(parents=True, exist_ok=True)
        (package / f"module_{number}.py").write_text(f"VALUE = {number}\n\n\ndef value():\n    return VALUE\n")


def rows(folder: Path, repeats: int) -> list[Row]:
    """1,000 files with the first layer, and 10,000 files with all twelve categories."""
    runs = max(11, repeats)
    small, large = folder / "small", folder / "large"
    make_project(small, 1_000, CATEGORIES["fast_feedback"], tests_each=20)
    make_project(large, 10_000, [name for names in CATEGORIES.values() for name in names], tests_each=20)
    difference, _ = measure(small, ["fast_feedback"], runs)
    larger, peak = measure(large, list(CATEGORIES), runs)
    first = f"nothing changed: doit fast_feedback, 1,000 files / an empty task, medians of {runs}"
    second = f"nothing changed: twelve categories x 10,000 files / an empty task, medians of {runs}"
    return [
        Row(first, f"{difference:+.3f} s", "≤ +0.100 s", difference <= 0.1),
        Row(second, f"{larger:+.3f} s", "≤ +0.300 s", larger <= 0.3),
        Row("the same: peak memory", f"{peak:.0f} MB", "< 100 MB", peak < 100),
    ]


def measure(root: Path, names: list[str], runs: int) -> tuple[float, float]:
    """Seconds beyond an empty up-to-date task, as the difference of medians, and the peak memory in MB."""
    empty = root.parent / f"{root.name}-empty"
    empty.mkdir()
    (empty / "dodo.py").write_text(EMPTY_DODO)
    theirs = Command("an empty doit task", python("-m", "doit", "empty"), empty)
    ours = Command(f"doit {names[0]}{' …' if names[1:] else ''}", python("-m", "doit", *names), root)
    ours.run()  # runs the tests and fills every cache
    time.sleep(0.1)  # files become old enough for their times to be trusted
    in_turn([theirs, ours], runs)
    return ours.median - theirs.median, ours.peak


def main() -> None:
    """Prints the figures on their own."""
    with tempfile.TemporaryDirectory() as folder:
        for row in rows(Path(folder), 11):
            print(f"{row.work}: {row.figure} (to reach: {row.target})")


if __name__ == "__main__":
    main()

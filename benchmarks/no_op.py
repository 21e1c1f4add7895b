"""What a run costs in which nothing changed, against an empty doit task that is up to date.

    python benchmarks/no_op.py [--runs 11]

Makes two projects in a temporary folder, runs their tests once, and then times `doit` when there is nothing to do:
1,000 files with the first layer, and 10,000 files with all twelve categories. Both programs are timed in turn, run by
run, so that a busy machine is unfair to neither. Prints medians in seconds and the peak memory in MB.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

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


def timed(command: list[str], folder: Path) -> tuple[float, float]:
    """(seconds, peak MB) of one run, which must succeed."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{command} ended with {process.returncode}:\n{output.decode(errors='replace')}")
    return seconds, usage.ru_maxrss / 1024


def measure(title: str, root: Path, names: list[str], runs: int) -> str:
    """One line of the table."""
    doit = [sys.executable, "-m", "doit"]
    empty = root.parent / f"{root.name}-empty"
    empty.mkdir()
    (empty / "dodo.py").write_text(EMPTY_DODO)
    for _ in range(3):  # runs the tests, fills every cache, and lets the files become old enough to be trusted
        timed([*doit, *names], root)
        timed([*doit, "empty"], empty)
        time.sleep(0.1)
    ours, theirs, memory = [], [], 0.0
    for _ in range(runs):
        theirs.append(timed([*doit, "empty"], empty)[0])
        seconds, peak = timed([*doit, *names], root)
        ours.append(seconds)
        memory = max(memory, peak)
    base, own = statistics.median(theirs), statistics.median(ours)
    return f"{title:34} {base:10.3f} {own:8.3f} {own - base:+10.3f} {memory:8.0f}"


def main() -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=11)
    runs = parser.parse_args().runs
    print(f"{'nothing changed':34} {'empty task':>10} {'lamina':>8} {'difference':>10} {'peak MB':>8}")
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "small"
        make_project(small, 1_000, CATEGORIES["fast_feedback"], tests_each=20)
        print(measure("1,000 files, doit fast_feedback", small, ["fast_feedback"], runs), flush=True)
        large = Path(folder) / "large"
        make_project(large, 10_000, [name for names in CATEGORIES.values() for name in names], tests_each=20)
        print(measure("10,000 files, twelve categories", large, list(CATEGORIES), runs), flush=True)
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime > 0


if __name__ == "__main__":
    main()

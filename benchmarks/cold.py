"""A whole suite that nothing is known of, against plain pytest and pytest-xdist, with all bytecode compiled in advance."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

from measuring import CODE, Command, Row, forget, in_turn, lamina, pytest, ratio
from projects import failing, parametrized, real, sleeping, trivial


def networkx(folder: Path, repeats: int) -> list[Row]:
    """networkx's suite, 2 workers; also the time that a worker takes to start."""
    project = real("networkx", "3.6.1", folder)
    plain = Command("pytest", pytest("-p", "no:xdist"), project)
    xdist = Command("pytest -n 2", pytest("-n", "2"), project)
    stealing = Command("pytest -n 2 --dist worksteal", pytest("-n", "2", "--dist", "worksteal"), project)
    ours = Command("lamina -n 2 unit, cold", lamina("-n", "2", "unit"), project, before=forget(project, CODE))
    collect = Command("collection", pytest("-p", "no:xdist", "--collect-only", "-q"), project)
    ours.run()
    ours.seconds.clear()
    ours.cpu.clear()
    in_turn([plain, xdist, stealing, ours], repeats, warm_up=collect)
    best = min(xdist.median, stealing.median)
    starts = worker_starts(project)
    return [
        ratio("networkx's suite, cold / the better xdist", ours.median / best, 0.65),
        ratio("networkx's suite, cold / plain pytest", ours.median / plain.median, 0.50),
        Row(
            "one worker start on networkx (fork to first test)",
            f"{max(starts) * 1000:.0f} ms (the slower of {len(starts)})",
            "≤ 20 ms",
            max(starts) <= 0.020,
        ),
    ]


def worker_starts(project: Path) -> list[float]:
    """Seconds from the fork of each worker to the start of its first test, from the run's own results."""
    results = json.loads((project / "reports" / "latest" / "results.json").read_text())
    began = datetime.fromisoformat(results["run"]["started"]).timestamp()
    starts = []
    for span in results["workers"]:
        tests = [
            datetime.fromisoformat(test["started"]).timestamp() - began
            for test in results["tests"]
            if test["worker"] == span["worker"] and test["started"]
        ]
        if tests:
            starts.append(min(tests) - span["begin"])
    return starts


def many_trivial(folder: Path, repeats: int) -> list[Row]:
    """10,000 tests that do nothing, in 200 files."""
    project = trivial(folder / "trivial", 200, 50)
    plain = Command("pytest", pytest("-p", "no:xdist"), project)
    xdist = Command("pytest -n 2", pytest("-n", "2"), project)
    ours = Command("lamina -n 2 unit, cold", lamina("-n", "2", "unit"), project, before=forget(project, CODE))
    in_turn([plain, xdist, ours], repeats)
    return [ratio("10,000 trivial tests in 200 files, cold / xdist", ours.median / xdist.median, 0.50)]


def large_and_red(folder: Path, repeats: int) -> list[Row]:
    """20,000 parameters of one test; 500 tests that fail at the same line."""
    rows = []
    for name, project, statuses in (
        ("20,000 parameters of a test", parametrized(folder / "parametrized", 20_000), (0,)),
        ("500 tests that fail at one line of 3,000", failing(folder / "failing", 500, 1_000), (1,)),
    ):
        plain = Command(f"{name}: pytest", pytest("-p", "no:xdist"), project, statuses=statuses)
        xdist = Command(f"{name}: pytest -n 2", pytest("-n", "2"), project, statuses=statuses)
        ours = lamina("-n", "2", "unit")
        cold = Command(f"{name}: lamina -n 2 unit, cold", ours, project, forget(project, CODE), statuses)
        in_turn([plain, xdist, cold], repeats)
        best = min(plain.median, xdist.median)
        rows.append(ratio(f"{name}, cold / the better of pytest and xdist", cold.median / best, 1.0))
    return rows


def uneven(folder: Path, repeats: int) -> list[Row]:
    """40 sleeping tests of very different lengths on 4 workers, without and with recorded durations."""
    project, seconds = sleeping(folder / "sleeping", 40)
    bound = max(max(seconds), sum(seconds) / 4)
    xdist = Command("pytest -n 4", pytest("-n", "4"), project)
    stealing = Command("pytest -n 4 --dist worksteal", pytest("-n", "4", "--dist", "worksteal"), project)
    cold = Command("lamina -n 4 unit, cold", lamina("-n", "4", "unit"), project, before=forget(project, CODE))
    known = Command("lamina -n 4 unit, durations known", lamina("-n", "4", "fresh=true", "unit"), project)
    in_turn([xdist, stealing, cold, known], repeats)
    results = json.loads((project / "reports" / "latest" / "results.json").read_text())
    category = next(
        category for layer in results["layers"] for category in layer["categories"] if category["name"] == "unit"
    )
    # Collection as the run itself measured it: from the start of the session to its first fork.
    collection = min(span["begin"] for span in results["workers"])
    print(
        f"    bound: {bound:.2f} s + {collection:.2f} s until the first worker (collection {category['collect_seconds']:.2f} s)"
    )
    return [
        ratio("40 sleeping tests, 4 workers / (bound + collection)", known.median / (bound + collection), 1.10),
        Row(
            "the same, first run ever (nothing known; for comparison)",
            f"{cold.median / (bound + collection):.2f} (xdist {min(xdist.median, stealing.median) / (bound + collection):.2f})",
            "none",
            True,
        ),
    ]

"""One run of a project's tests as each of the three does it, and what came of it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from replays.trees import Bench

# pytest: all passed, some failed, nothing to run.
_COMPLETE = (0, 1, 5)


@dataclass(frozen=True)
class Run:
    """Outcomes by test id, of which `executed` were run this time.

    `fault` says why the outcomes are not complete; `status` is the exit status, None for a run that was ended.
    """

    outcomes: dict[str, str] = field(default_factory=dict)
    executed: frozenset[str] = frozenset()
    seconds: float = 0.0
    fault: str = ""
    status: int | None = 0


def plain(bench: Bench, limit: float, parallel: bool = False) -> Run:
    """Every test, by pytest."""
    more = ("-n", "2") if parallel else ("-p", "no:xdist")
    return _pytest(bench, "pytest", limit, "-p", "no:pytest-testmon", *more)


def alone(bench: Bench, test: str, limit: float) -> str:
    """The outcome of one test that nothing ran before."""
    run = _pytest(bench, "pytest", limit, "-p", "no:pytest-testmon", "-p", "no:xdist", test)
    return run.outcomes.get(test, run.fault or "not collected")


def testmon(bench: Bench, limit: float) -> Run:
    """What pytest-testmon selects; the other outcomes are those that it saw last."""
    run = _pytest(bench, "testmon", limit, "-p", "no:xdist", "--testmon")
    stored = bench.folder / "testmon.json"
    known = json.loads(stored.read_text()) if stored.exists() else {}
    known.update(run.outcomes)
    stored.write_text(json.dumps(known))
    return replace(run, outcomes=known)


def lamina(bench: Bench, limit: float) -> Run:
    """What lamina executes and what it serves from its cache, by its own results."""
    tree = bench.tree("lamina")
    results = tree / "reports" / "latest" / "results.json"
    results.unlink(missing_ok=True)
    command = [str(bench.python), "-m", "lamina", "-n", "2", "unit"]
    status, seconds, output = _timed(command, tree, bench.environment("lamina"), limit)
    if not results.exists():
        return Run({}, frozenset(), seconds, f"exit status {status}, no results.json: {output[-400:]}", status)
    fault = "" if status in (0, 1) else f"exit status {status}"
    return replace(run_of(results), seconds=seconds, fault=fault, status=status)


def run_of(results: Path) -> Run:
    """What a results.json says of the tests."""
    tests = json.loads(results.read_text())["tests"]
    return Run(
        {test["id"]: test["outcome"] for test in tests},
        frozenset(test["id"] for test in tests if not test["cached"]),
    )


def _pytest(bench: Bench, runner: str, limit: float, *arguments: str) -> Run:
    written = bench.folder / f"{runner}-outcomes.json"
    written.unlink(missing_ok=True)
    command = [str(bench.python), "-m", "pytest", "-q", "-p", "outcomes_plugin", *bench.project.arguments, *arguments]
    environment = bench.environment(runner) | {"OUTCOMES": str(written)}
    status, seconds, output = _timed(command, bench.tree(runner), environment, limit)
    outcomes = json.loads(written.read_text()) if written.exists() else {}
    fault = "" if status in _COMPLETE else f"exit status {status}: {output[-400:]}"
    return Run(outcomes, frozenset(outcomes), seconds, fault, status)


def _timed(
    command: Sequence[str], folder: Path, environment: dict[str, str], limit: float
) -> tuple[int | None, float, str]:
    """Exit status (None when it ran past the limit and was ended), wall seconds, and the output."""
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    try:
        output, _ = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, _ = process.communicate()
        return None, time.perf_counter() - began, f"ran past {limit:.0f} s\n{output}"
    return process.returncode, time.perf_counter() - began, output

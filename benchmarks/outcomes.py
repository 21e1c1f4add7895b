"""One run of a project's tests by plain pytest, and one by lamina, in this environment."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from measuring import environment
from replays.runners import Run, run_of

__all__ = ["baseline", "differ", "lamina", "plain"]

_PLUGINS = Path(__file__).parents[1] / "tests" / "e2e"
# Seconds after which a suite is taken to have no end, as an edit may have made a loop.
_ENDLESS = 300


def plain(project: Path, arguments: Sequence[str], limit: float = _ENDLESS) -> Run:
    """Every test, by pytest. Raises TimeoutExpired where that does not end within `limit` seconds."""
    written = project.parent / "outcomes.json"
    written.unlink(missing_ok=True)
    began = time.perf_counter()
    # Not quietly: the project may have a say in the report's header, for lamina's session as well.
    command = [sys.executable, "-B", "-m", "pytest", "-p", "outcomes_plugin", *arguments]
    done = subprocess.run(
        command,
        cwd=project,
        env=_variables(project, OUTCOMES=str(written)),
        capture_output=True,
        text=True,
        timeout=limit,
    )
    seconds = time.perf_counter() - began
    outcomes = json.loads(written.read_text()) if written.exists() else {}
    return Run(outcomes, frozenset(outcomes), seconds, status=done.returncode)


def baseline(name: str, project: Path, arguments: Sequence[str], limit: float = _ENDLESS) -> Run:
    """What `plain` gives of the project as it is. Exits where no test passes."""
    run = plain(project, arguments, limit)
    if "passed" not in run.outcomes.values():
        sys.exit(f"no test of {name} passes here: is what its tests import installed?")
    return run


def lamina(project: Path, workers: int = 1) -> Run:
    """What lamina executes, and what it serves from its cache. Exits with its output where it wrote no results."""
    results = project / "reports" / "latest" / "results.json"
    results.unlink(missing_ok=True)
    began = time.perf_counter()
    command = [sys.executable, "-m", "lamina", "-n", str(workers), "unit"]
    done = subprocess.run(command, cwd=project, env=_variables(project), capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if not results.exists():
        sys.exit(f"lamina wrote no results:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return replace(run_of(results), status=done.returncode, seconds=seconds)


def differ(test: str, one: Run, other: Run) -> bool:
    """Whether a test has another outcome in one of the runs than in the other, or is in one only."""
    return one.outcomes.get(test) != other.outcomes.get(test)


def _variables(project: Path, **more: str) -> dict[str, str]:
    folders = [str(project / "src" if (project / "src").is_dir() else project), str(_PLUGINS)]
    return environment() | {"PYTHONPATH": ":".join(folders), "PYTHONHASHSEED": "0", **more}

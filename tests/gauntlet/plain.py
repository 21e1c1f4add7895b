"""Whether the cases are true: what plain pytest makes of their trees, each in a fresh folder."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gauntlet.cases import Case, Stage, environment

__all__ = ["faults", "outcomes"]

_PLUGIN = Path(__file__).parents[1] / "e2e"


def faults(case: Case) -> list[str]:
    """What is wrong with a case, a sentence each: stated outcomes that are not so, tests that need not run, and the
    like."""
    seen = [(case.tree("before"), case.env_before)]
    before = outcomes(*seen[0])
    found = [] if before else ["before: no tests"]
    for stage in case.stages:
        tree = case.tree(stage.folder)
        now = outcomes(tree, stage.env)
        is_return = any(env == stage.env and _same(tree, earlier) for earlier, env in seen)
        found += [f"{stage.folder}: {fault}" for fault in _faults_of_stage(stage, before, now, is_return)]
        seen.append((tree, stage.env))
        before = now
    return found


def outcomes(tree: Path, env: dict[str, str]) -> dict[str, str]:
    """The outcome of each test under plain pytest."""
    with tempfile.TemporaryDirectory() as folder:
        project, written = Path(folder) / "project", Path(folder) / "outcomes.json"
        shutil.copytree(tree, project, symlinks=True)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "outcomes_plugin", "-p", "no:cacheprovider"],
            cwd=project,
            env=environment(
                {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(_PLUGIN), "OUTCOMES": str(written), **env}
            ),
            capture_output=True,
            text=True,
            timeout=120,
        )
        if done.returncode not in (0, 1):
            raise RuntimeError(f"pytest on {tree} ended with {done.returncode}\n{done.stdout}\n{done.stderr}")
        found: dict[str, str] = json.loads(written.read_text())
        return found


def _faults_of_stage(stage: Stage, before: dict[str, str], now: dict[str, str], is_return: bool) -> Iterator[str]:
    listed = [*stage.must_run, *stage.should_not_run, *stage.either]
    if sorted(listed) != sorted(now):
        yield f"each test has to be in one list; lists and tests differ in {sorted(set(listed) ^ set(now))}"
    true = {test: (before.get(test), outcome) for test, outcome in now.items()}
    if stage.outcomes != true:
        yield f"the outcomes are {json.dumps(true)}"
    for test, (was, outcome) in true.items():
        if test in stage.must_run and was == outcome and test not in stage.why:
            yield f"{test} is {outcome} before and after; why must it run?"
        if test in stage.should_not_run and was != outcome and not is_return:
            yield f"{test} was {was} and is {outcome}, so it has to run"


def _same(one: Path, other: Path) -> bool:
    return _contents(one) == _contents(other)


def _contents(tree: Path) -> dict[Path, bytes]:
    return {path.relative_to(tree): path.read_bytes() for path in tree.rglob("*") if path.is_file()}

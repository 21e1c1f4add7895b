"""A case run through lamina by the gauntlet's protocol, and the verdict on what was executed."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from gauntlet.cases import Case, Stage, environment, place

__all__ = ["StageVerdict", "Verdict", "replay"]

_FAILING = ("failed", "error")
# Seconds for which a case's first files have been there.
_AGO = 60
_COMMIT = ("-c", "user.name=gauntlet", "-c", "user.email=gauntlet@localhost", "commit", "-q", "-m", "before")


@dataclass
class StageVerdict:
    """What one stage came to, as test ids. `missed`: not executed though it must be; `superfluous`: executed though it
    need not be; `wrong`: shown with an outcome that it does not have; and in the run after that, without a change:
    `restless`: executed though it does not fail; `lost`: no longer shown as failing."""

    stage: Stage
    missed: list[str]
    superfluous: list[str]
    wrong: list[str]
    restless: list[str]
    lost: list[str]

    def faults(self) -> Iterator[str]:
        """What must not be; superfluous tests are none of it."""
        for kind in ("missed", "wrong", "restless", "lost"):
            if tests := getattr(self, kind):
                yield f"{self.stage.folder}: {kind}: {', '.join(tests)}"


@dataclass
class Verdict:
    """What a case came to. `returned`: tests executed when the first tree was put back and nothing had to be."""

    case: Case
    recording: list[str] = field(default_factory=list)
    stages: list[StageVerdict] = field(default_factory=list)
    returned: list[str] = field(default_factory=list)

    def faults(self) -> list[str]:
        """What must not be, a line each."""
        found = [f"before: wrong: {test}" for test in self.recording]
        found += [fault for stage in self.stages for fault in stage.faults()]
        return found + [f"going back: executed: {test}" for test in self.returned]


def replay(case: Case, folder: Path, slots: int = 1) -> Verdict:
    """Runs the case in `folder`, which is made, with so many workers."""
    project = _Project(folder, slots)
    folder.mkdir(parents=True)
    verdict = Verdict(case)
    # In the past, as no second is over between two of them.
    seconds = count(int(time.time()) - _AGO)
    place(case.tree("before"), folder, next(seconds))
    project.commit()
    recorded = _outcomes(project.run(case.env_before))
    for test, (was, _) in case.stages[0].outcomes.items():
        if recorded.get(test) != was:
            verdict.recording.append(f"{test} ({recorded.get(test)}, not {was})")
    for stage in case.stages:
        place(case.tree(stage.folder), folder, next(seconds))
        verdict.stages.append(_judge(stage, project.run(stage.env), project.run(stage.env)))
    if case.going_back_should_run_nothing:
        place(case.tree("before"), folder, next(seconds))
        verdict.returned = sorted(_executed(project.run(case.env_before)))
    return verdict


@dataclass
class _Project:
    folder: Path
    slots: int

    def commit(self) -> None:
        for words in (("init", "-q"), ("add", "-A"), _COMMIT):
            subprocess.run(["git", *words], cwd=self.folder, env=environment({}), check=True, capture_output=True)

    def run(self, env: dict[str, str]) -> list[dict[str, Any]]:
        """Runs lamina; returns the tests of its report."""
        report = self.folder / "reports" / "latest" / "results.json"
        report.unlink(missing_ok=True)
        done = subprocess.run(
            [sys.executable, "-m", "lamina", "-n", str(self.slots), "unit"],
            cwd=self.folder,
            env=environment({"LAMINA_AUDIT": "0", **env}),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=180,
        )
        if done.returncode not in (0, 1) or not report.exists():
            end = (done.stdout + done.stderr).strip().splitlines()[-12:]
            raise RuntimeError("\n".join([f"lamina ended with {done.returncode}", *end]))
        tests: list[dict[str, Any]] = json.loads(report.read_text())["tests"]
        return tests


def _judge(stage: Stage, after: list[dict[str, Any]], again: list[dict[str, Any]]) -> StageVerdict:
    executed, shown, repeated = _executed(after), _outcomes(after), _outcomes(again)
    true = {test: now for test, (_, now) in stage.outcomes.items()}
    failing = {test for test, outcome in true.items() if outcome in _FAILING}
    return StageVerdict(
        stage,
        missed=[test for test in stage.must_run if test not in executed],
        superfluous=[test for test in stage.should_not_run if test in executed],
        wrong=[
            f"{test} ({shown.get(test)}, not {true.get(test)})"
            for test in sorted(true.keys() | shown.keys())
            if shown.get(test) != true.get(test)
        ],
        restless=sorted(_executed(again) - failing),
        lost=sorted(test for test in failing if shown.get(test) in _FAILING and repeated.get(test) not in _FAILING),
    )


def _executed(tests: list[dict[str, Any]]) -> set[str]:
    return {test["id"] for test in tests if not test["cached"] and test["outcome"] != "not_run"}


def _outcomes(tests: list[dict[str, Any]]) -> dict[str, str]:
    return {test["id"]: test["outcome"] for test in tests}

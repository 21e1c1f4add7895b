"""The steps of a replay: each state of the working tree, run by all three runners, and what was kept of that."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from replays import faults, runners
from replays.misses import Difference, differences
from replays.runners import Run
from replays.trees import Bench

# A run may take this much longer than the first plain one before it is ended: a fault can make a test run for ever.
_TIMES, _SECONDS = 5, 60


@dataclass
class Step:
    """What came of one state. `kind`: `first`, `commit`, `fault`, `restored`. `noticed`: outcomes that the fault changed.

    A step that is not `counted` (the first one, in which nothing is known; one that had been interrupted; one in which
    plain pytest stopped early) is looked at for misses only.
    """

    kind: str
    title: str
    tests: int = 0
    executed: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    differences: dict[str, list[Difference]] = field(default_factory=dict)
    noticed: int = 0
    counted: bool = True
    remark: str = ""

    def as_json(self) -> dict[str, Any]:
        """For the journal and the report."""
        return asdict(self)


class Replay:
    """Takes the steps in their order; those that the folder's journal has are not taken again."""

    def __init__(self, bench: Bench, parallel: bool) -> None:
        self.bench = bench
        self.parallel = parallel
        self.steps: dict[str, Step] = {}
        self._interrupted = ""
        self._journal = bench.folder / "steps.jsonl"
        self._outcomes = bench.folder / "outcomes.json"
        self._read()

    def commits(self, commits: list[str]) -> Iterator[Step]:
        """At each commit."""
        for number, commit in enumerate(commits):
            title = self.bench.title(commit)
            yield self._step("commit" if number else "first", title, partial(self.bench.check_out, commit))

    def faults(self, last: str, count: int, seed: int) -> Iterator[Step]:
        """With each fault in the last commit, and with it taken out again."""
        self.bench.check_out(last)
        for fault in faults.choose(self.bench, faults.executed_lines(self.bench), count, seed):
            wrong = fault.apply((self.bench.tree("pytest") / fault.path).read_bytes())
            yield self._step("fault", fault.title, partial(self.bench.write, fault.path, wrong))
            yield self._step("restored", f"without {fault.title}", partial(self.bench.check_out, last))

    def _step(self, kind: str, title: str, prepare: Callable[[], None]) -> Step:
        if title not in self.steps:
            self._write({"begun": title})
            prepare()
            step = self._take(kind, title)
            step.counted = step.counted and kind != "first" and title != self._interrupted
            self.steps[title] = step
            self._write(step.as_json())
        return self.steps[title]

    def _take(self, kind: str, title: str) -> Step:
        """Runs the three; plain pytest's outcomes after a fault has been taken out are those of the commit."""
        before: dict[str, str] = json.loads(self._outcomes.read_text()) if self._outcomes.exists() else {}
        step = Step(kind, title)
        limit = self._limit()
        expected = Run(before) if kind == "restored" else runners.plain(self.bench, limit, self.parallel)
        step.tests = len(expected.outcomes)
        if kind != "restored":
            step.seconds["pytest"] = round(expected.seconds, 2)
        if expected.fault:
            step.remark = f"plain pytest: {expected.fault}\n"
            step.counted = False
        if expected.status is None:
            return step
        if kind in ("first", "commit"):
            self._outcomes.write_text(json.dumps(expected.outcomes))
        step.noticed = sum(before.get(test) != outcome for test, outcome in expected.outcomes.items())
        for name, run in (
            ("lamina", runners.lamina(self.bench, limit)),
            ("testmon", runners.testmon(self.bench, limit)),
        ):
            self._compare(step, name, run, expected, before)
        return step

    def _compare(self, step: Step, name: str, run: Run, expected: Run, before: dict[str, str]) -> None:
        step.executed[name] = len(run.executed)
        step.seconds[name] = round(run.seconds, 2)
        if run.fault:
            step.remark += f"{name}: {run.fault}"
        if expected.fault:
            # It has hardly any outcomes to compare with, but is no success.
            wrong = [Difference("all tests", "missed", "stopped", "passed")] if run.status == 0 else []
            step.differences[name] = wrong
        else:
            found = differences(expected.outcomes, run, before.keys(), self._rerun)
            # Of tests that are gone, testmon says nothing.
            step.differences[name] = [entry for entry in found if name == "lamina" or entry.kind != "gone"]

    def _rerun(self, test: str) -> str:
        return runners.alone(self.bench, test, self._limit())

    def _limit(self) -> float:
        first = next(iter(self.steps.values()), None)
        return _TIMES * max(first.seconds.values()) + _SECONDS if first and first.seconds else 24 * 3600

    def _read(self) -> None:
        if not self._journal.exists():
            return
        for line in self._journal.read_text().splitlines():
            entry = json.loads(line)
            self._interrupted = entry.get("begun", "")
            if not self._interrupted:
                step = _step_of(entry)
                self.steps[step.title] = step

    def _write(self, entry: dict[str, Any]) -> None:
        with Path(self._journal).open("a") as stream:
            stream.write(json.dumps(entry) + "\n")
            stream.flush()
            os.fsync(stream.fileno())


def _step_of(entry: dict[str, Any]) -> Step:
    found = {
        name: [Difference(**{**values, "alone": tuple(values["alone"])}) for values in listed]
        for name, listed in entry["differences"].items()
    }
    return Step(**{**entry, "differences": found})

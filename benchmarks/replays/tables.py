"""A replay as text: a line for each step, sums, and every result that was not plain pytest's."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from replays.misses import MISSES, Difference
from replays.steps import Step

_SELECTIVE = ("lamina", "testmon")
_HEADINGS = (
    f"{'tests':>6} | {'executed: lamina':>16} {'testmon':>14} | {'s: pytest':>9} {'lamina':>7} {'testmon':>7}"
    f" | {'misses: lamina':>14} {'testmon':>7} {'flaky':>5}"
)
_KINDS = {
    "first": "the first commit",
    "commit": "commits",
    "fault": "faults",
    "restored": "faults taken out again (without pytest)",
    "together": "commits and faults",
}
# So many differences of one step are printed; the report has all.
_PRINTED = 10


def heading() -> str:
    """The first line of the table."""
    return f"{_HEADINGS} |"


def line(step: Step) -> str:
    """The step's figures, and its title."""
    return f"{_figures(Sums([step], every=True))} | {step.title[:90]}{_noticed(step)}"


def details(step: Step) -> Iterator[str]:
    """What went otherwise than under plain pytest, a line each."""
    if step.remark:
        yield f"        {step.remark.strip()}"
    for runner, found in step.differences.items():
        for entry in found[:_PRINTED]:
            alone = f" (alone: {', '.join(entry.alone)})" if entry.alone else ""
            outcomes = f"pytest {entry.expected or '-'}, {runner} {entry.found or '-'}"
            yield f"        {entry.kind}: {entry.test}: {outcomes}{alone}"
        if len(found) > _PRINTED:
            kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(entry.kind for entry in found).items())
            yield f"        {runner}: {kinds} in all"


class Sums:
    """Figures of several steps together."""

    def __init__(self, steps: Iterable[Step], every: bool = False) -> None:
        steps = list(steps)
        counted = [
            step for step in steps if every or (step.counted and all(name in step.executed for name in _SELECTIVE))
        ]
        self.steps = len(counted)
        self.tests = sum(step.tests for step in counted)
        self.executed = {name: sum(step.executed.get(name, 0) for step in counted) for name in _SELECTIVE}
        self.seconds = {name: sum(step.seconds.get(name, 0.0) for step in counted) for name in ("pytest", *_SELECTIVE)}
        self.kinds = {name: Counter(entry.kind for entry in _found(steps, name)) for name in _SELECTIVE}

    def share(self, runner: str) -> float:
        """Executed of all, 0 to 1."""
        return self.executed[runner] / self.tests if self.tests else 0.0

    def misses(self, runner: str) -> int:
        """Results that were wrong, or missing, and not because a test is flaky."""
        return sum(self.kinds[runner][kind] for kind in MISSES)

    def as_json(self) -> dict[str, Any]:
        """For the report."""
        return {
            "steps": self.steps,
            "tests": self.tests,
            "executed": self.executed,
            "share": {name: round(self.share(name), 4) for name in _SELECTIVE},
            "seconds": {name: round(value, 2) for name, value in self.seconds.items()},
            "misses": {name: self.misses(name) for name in _SELECTIVE},
            "kinds": {name: dict(kinds) for name, kinds in self.kinds.items()},
        }


def sums(steps: Iterable[Step]) -> dict[str, Sums]:
    """For each kind of step that there was, and for commits and faults together."""
    steps = list(steps)
    kinds = dict.fromkeys(step.kind for step in steps)
    found = {kind: Sums(step for step in steps if step.kind == kind) for kind in kinds}
    return {**found, "together": Sums(step for step in steps if step.kind in ("commit", "fault"))}


def closing(steps: Iterable[Step]) -> Iterator[str]:
    """The sums, a line each."""
    for kind, summed in sums(steps).items():
        if summed.steps:
            yield f"{_figures(summed)} | {_KINDS[kind]}: {summed.steps}"


def _figures(summed: Sums) -> str:
    executed = {name: f"{summed.executed[name]} {summed.share(name):7.2%}" for name in _SELECTIVE}
    seconds = summed.seconds
    flaky = sum(kinds["flaky"] for kinds in summed.kinds.values())
    return (
        f"{summed.tests:>6} | {executed['lamina']:>16} {executed['testmon']:>14}"
        f" | {seconds['pytest']:>9.1f} {seconds['lamina']:>7.1f} {seconds['testmon']:>7.1f}"
        f" | {summed.misses('lamina'):>14} {summed.misses('testmon'):>7} {flaky:>5}"
    )


def _found(steps: Iterable[Step], runner: str) -> Iterator[Difference]:
    for step in steps:
        yield from step.differences.get(runner, ())


def _noticed(step: Step) -> str:
    uncounted = "" if step.counted or step.kind == "first" else " (not counted)"
    return (f" [{step.noticed} outcomes]" if step.kind == "fault" else "") + uncounted

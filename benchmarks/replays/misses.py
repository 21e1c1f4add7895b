"""Where a selective runner's results are not those that every test would have had."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass

from replays.runners import Run

# `missed`: an earlier result was taken for a test whose outcome is another now.
# `missed new`: a test that was not there before, and was not run.
# `missed known`: a test that was there before, and is neither run nor served.
# `not run`: the runner ended without any result.
# `differs`: run, with another outcome than plain pytest's: no fault of the selection.
# `gone`: served, or run, though plain pytest has no such test.
# `flaky`: missed or differs, but plain pytest itself has not always the same outcome.
MISSES = ("missed", "missed new", "missed known", "not run")
_RERUNS = 3
# So many tests of one step are run again to see whether they are flaky.
_EXAMINED = 12


@dataclass(frozen=True)
class Difference:
    """A test whose result differs from plain pytest's; `alone` are the outcomes of running it by itself."""

    test: str
    kind: str
    expected: str
    found: str
    alone: tuple[str, ...] = ()


def differences(expected: dict[str, str], run: Run, known: Set[str], rerun: Callable[[str], str]) -> list[Difference]:
    """What in `run` is unlike `expected`, plain pytest's outcomes; `known` are the tests of the step before.

    `rerun` has a test run alone under plain pytest, by which flaky tests are told from the others.
    """
    if run.fault and not run.outcomes:
        return [Difference("all tests", "not run", f"{len(expected)} results", "no result")]
    found = []
    for test in expected.keys() | run.outcomes.keys():
        kind = _kind(test, expected, run, known)
        if kind:
            found.append(Difference(test, kind, expected.get(test, ""), run.outcomes.get(test, "")))
    found.sort(key=lambda difference: difference.test)
    suspects = [difference for difference in found if difference.kind in ("missed", "differs")][:_EXAMINED]
    examined = {suspect.test: _examine(suspect, rerun) for suspect in suspects}
    return [examined.get(difference.test, difference) for difference in found]


def _kind(test: str, expected: dict[str, str], run: Run, known: Set[str]) -> str:
    if test not in run.outcomes:
        return "missed known" if test in known else "missed new"
    if test not in expected:
        return "gone"
    if expected[test] == run.outcomes[test]:
        return ""
    return "differs" if test in run.executed else "missed"


def _examine(suspect: Difference, rerun: Callable[[str], str]) -> Difference:
    """Runs it alone a few times: plain pytest that disagrees with itself makes it flaky."""
    alone = tuple(rerun(suspect.test) for _ in range(_RERUNS))
    kind = "flaky" if {suspect.expected, *alone} != {suspect.expected} else suspect.kind
    return Difference(suspect.test, kind, suspect.expected, suspect.found, alone)

"""Tells which tests differ between what is on record and the tree, or between two states of the tree."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import NamedTuple

from lamina.cache.judging import Judge
from lamina.cache.present import MISSING
from lamina.cache.reasons import Reason
from lamina.cache.standing import listed, standings
from lamina.tracing.analysis import Analysis
from lamina.tracing.blocks import analyse

__all__ = ["Affected", "Claimed", "affected", "affected_since", "claimed", "tests_in", "unrecorded"]


class Affected(NamedTuple):
    """`known` are the tests of a category that have a result on record; `reasons` are those of each that is affected;
    `failing` are valid but not to be served; `unsure` have no valid result in either state of the tree."""

    known: list[str]
    reasons: dict[str, list[Reason]]
    failing: list[str]
    unsure: dict[str, list[Reason]]


class Claimed(NamedTuple):
    """What a category claims: its test `files`, whether tests may be `anywhere` (doctests), and the tests of each file whose
    tests are known as it is now. Results may be left of tests that have since gone to another category."""

    files: frozenset[str]
    anywhere: bool
    tests: dict[str, list[str]]

    def has(self, test: str) -> bool:
        """Whether the test is one of the category's, as far as it can be known without collecting."""
        path = test.partition("::")[0]
        if path in self.tests:
            return test in self.tests[path]
        return self.anywhere or path in self.files


def claimed(
    connection: sqlite3.Connection, judge: Judge, category: str, files: Iterable[str], anywhere: bool
) -> Claimed:
    """What `category` claims in the judge's tree."""
    return Claimed(frozenset(files), anywhere, listed(connection, judge, category))


def affected(connection: sqlite3.Connection, judge: Judge, category: str, its: Claimed) -> Affected:
    """The tests whose result is not valid in the judge's tree."""
    found = Affected([], {}, [], {})
    for test, one in standings(connection, judge, category).items():
        reasons = [] if one.is_valid else judge.reasons(one.shared, one.own, test)
        if not judge.has_file(test.partition("::")[0]) or not its.has(test) or _is_gone(test, reasons):
            continue
        found.known.append(test)
        if not one.is_valid:
            found.reasons[test] = reasons
        elif one.record is None:
            found.failing.append(test)
    return found


def affected_since(connection: sqlite3.Connection, now: Judge, then: Judge, category: str, its: Claimed) -> Affected:
    """The tests that the difference between two states of the tree affects. What is valid in one of them lists all that may
    matter; so a test is spared only if such a result is valid in the other one as well."""
    found = Affected([], {}, [], {})
    earlier = standings(connection, then, category)
    for test, one in standings(connection, now, category).items():
        before = earlier[test]
        if one.is_valid and then.is_valid(one.shared, one.own, test):
            reasons = []
        elif one.is_valid:
            reasons = [reason.turned() for reason in then.reasons(one.shared, one.own, test)]
        else:
            nearest = before if before.is_valid else one
            reasons = now.reasons(nearest.shared, nearest.own, test)
        if not now.has_file(test.partition("::")[0]) or not its.has(test) or _is_gone(test, reasons):
            continue
        found.known.append(test)
        if reasons and (one.is_valid or before.is_valid):
            found.reasons[test] = reasons
        elif reasons:
            found.unsure[test] = reasons
    return found


def unrecorded(judge: Judge, its: Claimed, paths: Iterable[str], known: Iterable[str]) -> list[str]:
    """Tests without a result in these files. Of a file whose tests are not known as it is now, those that are written as
    functions in it; what is inherited or generated is found only by collecting."""
    recorded = set(known)
    bases = {test.partition("[")[0] for test in recorded}
    found: list[str] = []
    for path in paths:
        if path in its.tests:
            found += [test for test in its.tests[path] if test not in recorded]
        elif path not in recorded:  # as a file is that skips itself as a whole
            found += [test for test in _written(path, judge.analysis_now(path)) if test not in bases]
    return found


def tests_in(path: str, source: bytes) -> list[str]:
    """The test functions of a file with this source, as ids; none when it can't be parsed."""
    try:
        return _written(path, analyse(source))
    except (SyntaxError, ValueError, RecursionError):
        return []


def _written(path: str, analysis: Analysis | None) -> list[str]:
    if analysis is None:
        return []
    # A class that is none of tests by its name or base has them for others to inherit.
    classes = {
        one.name
        for one in analysis.definitions
        if one.name.startswith("Test") or any(name.endswith("TestCase") for name in one.mentions)
    }
    found = []
    for body in analysis.bodies:
        *outer, name = body.name.split(".")
        if name.startswith("test") and "#" not in name and classes.issuperset(outer):
            found.append(f"{path}::{body.name.replace('.', '::')}")
    return found


def _is_gone(test: str, reasons: list[Reason]) -> bool:
    """Whether the test is no longer written where it was."""
    path, _, name = test.partition("[")[0].partition("::")
    body = name.replace("::", ".")
    return any(
        one.kind == "body" and one.now == MISSING and one.path == path and one.name.partition("#")[0] == body
        for one in reasons
    )

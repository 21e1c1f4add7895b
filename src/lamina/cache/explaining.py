"""Tells what a result depends on and why it is valid or not, and which tests differ between two states of the tree."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from pyroaring import BitMap

from lamina.cache.deciding import NOT_SERVABLE, is_nearer
from lamina.cache.judging import Judge
from lamina.cache.present import MISSING
from lamina.cache.reasons import Reason
from lamina.cache.recording import Result
from lamina.tracing.blocks import Analysis, analyse

__all__ = [
    "Affected", "Dependencies", "Standing", "affected", "affected_since", "dependencies", "explain", "known_tests", "tests_in",
    "unrecorded",
]  # fmt: skip


class Standing(NamedTuple):
    """The result of a test that counts: a valid one, else the one that is nearest to the tree. `key` says when it was used
    last, `shared` and `own` what it depends on; `record` is None when it is not to be served (it failed, or needed a second
    attempt)."""

    is_valid: bool
    key: tuple[int, int]
    shared: int
    own: bytes
    record: Result | None


class Dependencies(NamedTuple):
    """`bodies` ran for the test itself, `at_import` while its modules were imported (names by file); `modules` are in its
    reach; `inputs` are names by kind (see `lamina.cache.present`)."""

    bodies: dict[str, list[str]]
    at_import: dict[str, list[str]]
    modules: list[str]
    inputs: dict[str, list[str]]


class Affected(NamedTuple):
    """`known` tests of a category have a result on record; `reasons` are those of each that is affected; `failing` are valid
    but not to be served; `unsure` have no valid result in either state of the tree."""

    known: int
    reasons: dict[str, list[Reason]]
    failing: list[str]
    unsure: dict[str, list[Reason]]


def known_tests(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """(category, test) of all that is on record."""
    return connection.execute(
        "select distinct category, name from traces where kind = 'test' order by category, name"
    ).fetchall()


def explain(
    connection: sqlite3.Connection, judge: Judge, category: str, test: str
) -> tuple[Standing, list[Reason], dict[int, str]]:
    """The result of a test that counts, all reasons why it is not valid, and the keys of the items that these name."""
    standing = _standings(connection, judge, category, test)[test]
    reasons = [] if standing.is_valid else judge.reasons(standing.shared, standing.own, test)
    keys = {}
    for number in {reason.via for reason in reasons} - {0}:
        (keys[number],) = connection.execute("select key from items where id = ?", (number,)).fetchone()
    return standing, reasons, keys


def dependencies(connection: sqlite3.Connection, standing: Standing) -> Dependencies:
    """All that a result depends on."""
    row = connection.execute("select bits from sets where id = ?", (standing.shared,)).fetchone()
    own = BitMap.deserialize(standing.own)
    found = Dependencies(defaultdict(list), defaultdict(list), [], defaultdict(list))
    for number in own | (BitMap.deserialize(row[0]) if row else BitMap()):
        item = connection.execute("select key from items where id = ?", (number,)).fetchone()
        if item is None:
            continue
        kind, _, name = item[0].partition(":")
        if kind == "body":
            path, _, body = name.rpartition(":")
            (found.bodies if number in own else found.at_import)[path].append(body)
        elif kind == "module":
            found.modules.append(name)
        elif kind != "effects":
            found.inputs[kind].append(name)
    for group in (found.bodies, found.at_import, found.inputs):
        for names in group.values():
            names.sort()
    found.modules.sort()
    return found


def affected(connection: sqlite3.Connection, judge: Judge, category: str) -> Affected:
    """The tests whose result is not valid in the judge's tree."""
    standings = _standings(connection, judge, category)
    found = Affected(0, {}, [], {})
    gone = 0
    for test, one in standings.items():
        if not judge.has_file(test.partition("::")[0]):
            gone += 1
        elif one.is_valid:
            if one.record is None:
                found.failing.append(test)
        else:
            reasons = judge.reasons(one.shared, one.own, test)
            if _is_gone(test, reasons):
                gone += 1
            else:
                found.reasons[test] = reasons
    return found._replace(known=len(standings) - gone)


def affected_since(connection: sqlite3.Connection, now: Judge, then: Judge, category: str) -> Affected:
    """The tests that the difference between two states of the tree affects. What is valid in one of them lists all that may
    matter; so a test is spared only if such a result is valid in the other one as well."""
    standings, earlier = _standings(connection, now, category), _standings(connection, then, category)
    found = Affected(0, {}, [], {})
    gone = 0
    for test, one in standings.items():
        before = earlier[test]
        if one.is_valid:
            if then.is_valid(one.shared, one.own, test):
                continue
            reasons = [reason.turned() for reason in then.reasons(one.shared, one.own, test)]
        else:
            nearest = before if before.is_valid else one
            reasons = now.reasons(nearest.shared, nearest.own, test)
        if not now.has_file(test.partition("::")[0]) or _is_gone(test, reasons):
            gone += 1
        elif one.is_valid or before.is_valid:
            found.reasons[test] = reasons
        else:
            found.unsure[test] = reasons
    return found._replace(known=len(standings) - gone)


def unrecorded(
    connection: sqlite3.Connection, judge: Judge, category: str, paths: Iterable[str], known: Iterable[str]
) -> dict[str, list[str]]:
    """Tests without a result, by file. Of a file whose tests are not known as it is now, those that are written as functions
    in it; what is inherited or generated is found only by collecting."""
    recorded = set(known)
    bases = {test.partition("[")[0] for test in recorded}
    listed = _listed(connection, judge, category)
    found = {}
    for path in paths:
        if path in listed:
            tests = [test for test in listed[path] if test not in recorded]
        else:
            tests = [test for test in _written(path, judge.analysis_now(path)) if test not in bases]
        if tests:
            found[path] = tests
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


def _listed(connection: sqlite3.Connection, judge: Judge, category: str) -> dict[str, list[str]]:
    """The tests of each file whose tests are known as it is now."""
    rows = connection.execute(
        "select name, shared, own, record from traces where category = ? and kind = 'file' order by used, id",
        (category,),
    )
    return {
        name: msgspec.msgpack.decode(record, type=list[str])
        for name, shared, own, record in rows
        if judge.is_valid(shared, own, name, everything_in=name)
    }


def _standings(connection: sqlite3.Connection, judge: Judge, category: str, test: str = "") -> dict[str, Standing]:
    """By test: of all tests of a category, or of one."""
    query = "select id, name, shared, own, record, used from traces where category = ? and kind = 'test'"
    words = (category,)
    found: dict[str, Standing] = {}
    records: dict[str, bytes] = {}
    for trace, name, shared, own, record, used in connection.execute(
        f"{query} and name = ?" if test else query, (*words, test) if test else words
    ):
        one = Standing(judge.is_valid(shared, own, name), (used, trace), shared, own, None)
        if name not in found or _counts_more(judge, one, found[name]):
            found[name] = one
            records[name] = record
    return {
        name: one._replace(record=None if records[name] == NOT_SERVABLE else msgspec.msgpack.decode(records[name], type=Result))
        for name, one in found.items()
    }  # fmt: skip


def _counts_more(judge: Judge, one: Standing, other: Standing) -> bool:
    if one.is_valid != other.is_valid:
        return one.is_valid
    return one.key > other.key if one.is_valid else is_nearer(judge, one[1:4], other[1:4])


def _is_gone(test: str, reasons: list[Reason]) -> bool:
    """Whether the test is no longer written where it was."""
    path, _, name = test.partition("[")[0].partition("::")
    body = name.replace("::", ".")
    return any(
        one.kind == "body" and one.now == MISSING and one.path == path and one.name.partition("#")[0] == body
        for one in reasons
    )

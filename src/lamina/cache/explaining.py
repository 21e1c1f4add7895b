"""Tells of one test what its result depends on, and why it is valid or not."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from typing import NamedTuple

from pyroaring import BitMap

from lamina.cache.judging import Judge
from lamina.cache.reasons import Reason
from lamina.cache.standing import Standing, standings

__all__ = ["Dependencies", "dependencies", "explain"]


class Dependencies(NamedTuple):
    """`bodies` ran for the test itself, `at_import` while its modules were imported (names by file); `modules` are in its
    reach; `inputs` are names by kind (see `lamina.cache.present`)."""

    bodies: dict[str, list[str]]
    at_import: dict[str, list[str]]
    modules: list[str]
    inputs: dict[str, list[str]]


def explain(
    connection: sqlite3.Connection, judge: Judge, category: str, test: str
) -> tuple[Standing, list[Reason], dict[int, str]]:
    """The result of a test that counts, all reasons why it is not valid, and the keys of the items that these name."""
    standing = standings(connection, judge, category, test)[test]
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

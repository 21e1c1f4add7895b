"""Which tests stay together, and in which order they are taken.

Tests that share a module, class or package fixture stay with one worker, so that the fixture is set up once, as under
plain pytest; all others may go anywhere. Long units are taken longest first (Graham's LPT rule: at most 4/3 of the best
possible end, in practice within a few percent), with durations from earlier runs; a test without a record counts as
long as the median one. Short ones, which can't delay the end by more than their own length, follow in pytest's order, as
many suites have tests that pass only before some others.

It knows pytest's items but runs nothing.
"""

from __future__ import annotations

import os
import unittest
from collections.abc import Hashable, Mapping, Sequence, Set
from statistics import median
from types import MappingProxyType

import pytest

from lamina.resources.arbiter import ALL, Needs
from lamina.workers.board import Unit
from lamina.workers.sequence import in_order, sequence

__all__ = ["Order", "arrange"]

# Seconds that a test without any record is taken to last: a guess that only decides how many share a unit.
_UNKNOWN_SECONDS = 0.01
# Units a worker should get in the course of a run: enough to even out, few enough that claiming costs nothing.
_UNITS_PER_WORKER = 32
# So that ten tests of a tenth fill a unit of one.
_ROUNDING = 1.000001
# Tests that hold the same follow each other in one worker for so long, so that what they hold passes between them at once.
_HELD_SECONDS = 0.25


class Order:
    """The arrangement: `positions[p]` is the index of the item at position `p`; `units` are ranges of positions."""

    def __init__(self, positions: list[int], units: list[Unit]) -> None:
        self.positions = positions
        self.units = units


def arrange(
    items: Sequence[pytest.Item], durations: Mapping[str, float], workers: int,
    needs: Mapping[int, Needs] = MappingProxyType({}), after: Mapping[int, Set[int]] = MappingProxyType({}),
    heavy: Set[str] = frozenset(),
) -> Order:  # fmt: skip
    """Groups `items` into units for `workers` workers and puts the units in the order in which they are claimed.

    `needs` tells the items that hold something while they run: those that hold the same make short units, which are never
    divided. `after` tells which items an item waits for: those and it stand alone, unless they are bound, and come as early
    as the longest chain behind them asks. `heavy` are the ids of tests that need much memory: they are claimed one by one.
    """
    seconds = _predict(items, durations)
    target = sum(seconds) / (max(1, workers) * _UNITS_PER_WORKER)
    alone = set(after).union(*after.values())
    limits = _limits(seconds, needs, target, workers)
    groups: list[tuple[list[int], bool]] = []
    bound: dict[Hashable, list[int]] = {}
    free: dict[Hashable, tuple[list[int], float]] = {}
    file = None
    for index, item in enumerate(items):
        key = bond(item)
        if key is not None:
            if key not in bound:
                bound[key] = []
                groups.append((bound[key], True))
            bound[key].append(index)
            continue
        held = needs.get(index)
        if index in alone or item.nodeid in heavy:
            groups.append(([index], held is not None))
            continue
        if held is None and item.path != file:
            free.pop(None, None)
            file = item.path
        most = target if held is None else limits[held]
        group, taken = free.get(held, ([], 0.0))
        if not group or taken + seconds[index] > most * _ROUNDING:
            group, taken = [], 0.0
            groups.append((group, held is not None))
        group.append(index)
        free[held] = (group, taken + seconds[index])
    if after:
        groups = in_order(groups, after)
    behind = _behind(seconds, after)
    # What stands alone, holds something or needs much memory comes early, however short: others have to wait for it.
    early = {*alone, *needs, *(index for index, item in enumerate(items) if item.nodeid in heavy)}

    def urgency(group: tuple[list[int], bool]) -> float:
        indices = group[0]
        length = sum(seconds[index] for index in indices) + max(behind.get(index, 0.0) for index in indices)
        return 0.0 if length <= target * _ROUNDING and early.isdisjoint(indices) else length

    groups.sort(key=urgency, reverse=True)  # stable: pytest's own order where nothing else decides
    positions: list[int] = []
    units = []
    for indices, together in groups:
        units.append(Unit(len(positions), len(positions) + len(indices), together))
        positions.extend(indices)
    return Order(positions, units)


def _limits(seconds: Sequence[float], needs: Mapping[int, Needs], target: float, workers: int) -> dict[Needs, float]:
    """How long a unit of tests that hold the same may be. Where several may hold it at one time, there are units for all."""
    sums: dict[Needs, float] = {}
    for index, held in needs.items():
        sums[held] = sums.get(held, 0.0) + seconds[index]
    return {
        held: max(target, _HELD_SECONDS)
        if any(number == ALL for _, number in held)
        else max(target, min(_HELD_SECONDS, taken / (4 * workers)))
        for held, taken in sums.items()
    }


def _behind(seconds: Sequence[float], after: Mapping[int, Set[int]]) -> dict[int, float]:
    """For each item that others wait for, the seconds of the longest chain behind it."""
    behind: dict[int, float] = {}
    # Later ones first, so that what stands behind them is known.
    for index in reversed(sequence(after)):
        chain = seconds[index] + behind.get(index, 0.0)
        for other in after.get(index, ()):
            behind[other] = max(behind.get(other, 0.0), chain)
    return behind


def _predict(items: Sequence[pytest.Item], durations: Mapping[str, float]) -> list[float]:
    known = [durations.get(item.nodeid) for item in items]
    usual = median([second for second in known if second is not None] or [_UNKNOWN_SECONDS])
    return [usual if second is None else second for second in known]


def bond(item: pytest.Item) -> Hashable | None:
    """What binds a test to others: the scope of the widest fixture that it shares with them, or None.

    Session fixtures bind nothing (each worker has its own, as under pytest-xdist). The marker `xdist_group` binds by its name.
    """
    group = item.get_closest_marker("xdist_group")
    if group is not None:
        return ("group", str(group.args[0] if group.args else group.kwargs.get("name", "")))
    info = getattr(item, "_fixtureinfo", None)
    if info is None:
        return None
    module_wide = class_wide = False
    for name, definitions in info.name2fixturedefs.items():
        definition = definitions[-1]
        if definition.scope in ("function", "session") or not _counts(name, definition, item):
            continue
        if definition.scope == "package":
            return ("package", definition.baseid)
        if definition.scope == "module":
            module_wide = True
        else:
            class_wide = True
    # pytest-asyncio asks for the loop of a module or package when the test is set up, beside pytest's list of fixtures.
    loops = {"_module_scoped_runner", "_package_scoped_runner", "_class_scoped_runner"}
    marker = item.get_closest_marker("asyncio")
    scope = marker.kwargs.get("loop_scope", marker.kwargs.get("scope", "function")) if marker else "function"
    if scope in ("module", "package", "class") or loops & set(getattr(item, "fixturenames", ())):
        module_wide = True
    if module_wide:
        return ("module", str(item.path))
    if class_wide:
        owner = item.getparent(pytest.Class)
        return ("class", owner.nodeid if owner else str(item.path))
    return None


def _counts(name: str, definition: pytest.FixtureDef[object], item: pytest.Item) -> bool:
    """Whether a module, class or package fixture ties the test to the others that use it.

    What a plugin sets up around every test (as pytest-django does for classes) ties nothing: it is cheap, and the project
    shares no state through it. A plugin's class fixture counts when the test or a fixture of the project asks for it by name.
    """
    if _is_idle_set_up(definition, item):
        return False
    root = str(item.config.rootpath)
    # A plugin's module fixture is there because the test needs it (pytest-asyncio's loop for a module).
    if definition.scope != "class" or _is_project_s(definition, root):
        return True
    info = item._fixtureinfo  # type: ignore[attr-defined]
    return name in info.argnames or any(
        name in known[-1].argnames for known in info.name2fixturedefs.values() if _is_project_s(known[-1], root)
    )


def _is_project_s(definition: pytest.FixtureDef[object], root: str) -> bool:
    """Whether a fixture is written in the project, which also stands for setup_module, setup_class and setUpClass."""
    if definition.argname.startswith(("_xunit_setup_", "_unittest_setUp")):
        return True
    code = getattr(definition.func, "__code__", None)
    file = code.co_filename if code is not None else ""
    return file.startswith(f"{root}{os.sep}") and "site-packages" not in file


def _is_idle_set_up(definition: pytest.FixtureDef[object], item: pytest.Item) -> bool:
    """pytest gives each unittest class a class-wide fixture for setUpClass, though the inherited one does nothing."""
    if not definition.argname.startswith("_unittest_setUpClass"):
        return False
    owner = getattr(item, "cls", None)
    if owner is None:
        return False
    plain = unittest.TestCase
    return (
        getattr(owner.setUpClass, "__func__", None) is plain.setUpClass.__func__  # type: ignore[attr-defined]
        and getattr(owner.tearDownClass, "__func__", None) is plain.tearDownClass.__func__  # type: ignore[attr-defined]
    )

"""Which tests a test depends on, by its marker `depends`, and whether that can be at all.

    @pytest.mark.depends(on=["test_login"])                            tests of the same module, by name
    @pytest.mark.depends(on=["test_login"], scope="session")           of the whole category
    @pytest.mark.depends(on=["tests/test_a.py::test_login"])           by node id, also of a category before this one
    @pytest.mark.depends(on=["tests/test_a.py", "test_create_*"])      all of a file; whatever matches

A name without its parameters means all of them. Tests that come from cache are known by their ids only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import pytest

from lamina.workers.elsewhere import Elsewhere, Look, unknown
from lamina.workers.faulty_marks import FaultyMark, faulty
from lamina.workers.names_of_tests import TestNames, has_file
from lamina.workers.protocol import Request

__all__ = ["GOOD", "Dependencies", "dependencies_of", "marked", "why_skipped"]

SCOPES = ("class", "module", "package", "session")
# Outcomes of a test after which those that depend on it are run.
GOOD = frozenset({"passed", "xpassed"})
_WORDS = {
    "failed": "failed", "error": "had an error", "skipped": "was skipped", "xfailed": "failed as expected",
    "crashed": "crashed", "timeout": "ran too long",
}  # fmt: skip


class Dependencies(NamedTuple):
    """`after`: for the index of a dependent item, the indices of the items that it depends on. `recorded`: the ids that it
    depends on of tests that come from cache; `elsewhere`: outcomes of those of other categories. `faults` are markers that
    ask for what can't be."""

    after: dict[int, set[int]]
    recorded: dict[int, list[str]]
    elsewhere: dict[int, dict[str, str]]
    faults: list[FaultyMark]


def why_skipped(name: str, outcome: str) -> str:
    """The reason of a test that is skipped since `name`, which it depends on, came to `outcome`."""
    return f"it depends on {name}, which {_WORDS.get(outcome, 'was not run')}"


def marked(items: Sequence[pytest.Item], name: str) -> list[int]:
    """The indices of the items that have a marker, of their own or from their class, module or package."""
    inherited: dict[Any, bool] = {}

    def has(node: Any) -> bool:
        if node is None:
            return False
        if node not in inherited:
            inherited[node] = any(mark.name == name for mark in node.own_markers) or has(node.parent)
        return inherited[node]

    return [
        index
        for index, item in enumerate(items)
        if any(mark.name == name for mark in item.own_markers) or has(item.parent)
    ]


class _Missing(NamedTuple):
    """A name in a marker of the item at `place` that no test of the category has."""

    place: int
    node: Any
    mark: pytest.Mark
    name: str


def dependencies_of(items: Sequence[pytest.Item], request: Request, look: Look) -> Dependencies:
    """What the items depend on: among themselves, the tests that come from cache, and, asked for by `look`, other categories'."""
    found = Dependencies({}, {}, {}, [])
    indices = marked(items, "depends")
    if not indices:
        return found
    names = TestNames([item.nodeid for item in items], request["served"])
    missing: list[_Missing] = []
    for index in indices:
        for node, mark in items[index].iter_markers_with_node("depends"):
            absent, problem = _add(found, names, index, mark)
            missing.extend(_Missing(index, node, mark, name) for name in absent)
            if problem:
                found.faults.append(faulty(items[index], node, mark, problem))
    if missing:
        _add_elsewhere(found, items, names, request, missing, look(sorted({one.name for one in missing})))
    ring = [] if found.faults else _ring(found.after)
    if ring:
        way = " -> ".join(items[index].nodeid for index in ring)
        node, mark = next(items[ring[0]].iter_markers_with_node("depends"))
        problem = f"tests depend on each other in a ring: {way}; take one of them out of its `on`"
        found.faults.append(faulty(items[ring[0]], node, mark, problem))
    return found


def _add(found: Dependencies, names: TestNames, index: int, mark: pytest.Mark) -> tuple[list[str], str]:
    """Adds what a marker says. Returns the names that may be of tests of another category, and what is wrong with it (or
    nothing)."""
    on, scope, problem = _read(mark)
    absent: list[str] = []
    own = names.ids[index]
    for name in on:
        matches = names.matching(name, scope, own)
        if not matches and not has_file(name):
            return absent, names.unknown(name, scope)
        if not matches:
            absent.append(name)
        for match in matches:
            if match < len(names.items):
                found.after.setdefault(index, set()).add(match)
            else:
                found.recorded.setdefault(index, []).append(names.ids[match])
    return absent, problem


def _read(mark: pytest.Mark) -> tuple[Sequence[str], str, str]:
    """The names and the scope of a marker, and what is wrong with them (or nothing)."""
    unknown = sorted(set(mark.kwargs) - {"on", "scope"})
    if unknown:
        return (), "", f"depends() takes no {', '.join(unknown)}; allowed: on, scope"
    given = mark.kwargs.get("on", list(mark.args))
    on = [given] if isinstance(given, str) else given
    if not isinstance(on, list | tuple) or not on or not all(isinstance(name, str) and name for name in on):
        return (), "", f'depends() takes the names of tests, as in depends(on=["test_login"]); found {given!r}'
    scope = mark.kwargs.get("scope", "module")
    if scope not in SCOPES:
        return (), "", f"scope is one of {', '.join(SCOPES)}, not {scope!r}"
    return on, scope, ""


def _add_elsewhere(
    found: Dependencies, items: Sequence[pytest.Item], names: TestNames, request: Request, missing: Sequence[_Missing],
    elsewhere: Elsewhere,
) -> None:  # fmt: skip
    for index, node, mark, name in missing:
        outcomes = elsewhere.of(name)
        if outcomes:
            found.elsewhere.setdefault(index, {}).update(outcomes)
        else:
            found.faults.append(faulty(items[index], node, mark, unknown(name, names, request, elsewhere)))


def _ring(after: Mapping[int, set[int]]) -> list[int]:
    """Tests that wait for each other, the first one at the end again; nothing when there is no such ring."""
    done: set[int] = set()
    for start in after:
        path: list[int] = []
        on_path: set[int] = set()
        stack = [(start, False)]
        while stack:
            index, is_over = stack.pop()
            if is_over:
                path.pop()
                on_path.discard(index)
                done.add(index)
            elif index in on_path:
                return [*path[path.index(index) :], index]
            elif index not in done:
                path.append(index)
                on_path.add(index)
                stack.append((index, True))
                stack.extend((other, False) for other in sorted(after.get(index, ())))
    return []

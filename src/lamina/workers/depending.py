"""Which tests a test depends on, by its marker `depends`, and whether that can be at all.

    @pytest.mark.depends(on=["test_login"])                            tests of the same module, by name
    @pytest.mark.depends(on=["test_login"], scope="session")           of the whole category
    @pytest.mark.depends(on=["tests/test_a.py::test_login"])           by node id, wherever it is
    @pytest.mark.depends(on=["tests/test_a.py", "test_create_*"])      all of a file; whatever matches

A name without its parameters means all of them. Tests that come from cache are known by their ids only.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

import pytest

from lamina.layers.spelling import did_you_mean
from lamina.workers.faulty_marks import FaultyMark, faulty

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
    depends on of tests that come from cache. `faults` are markers that ask for what can't be."""

    after: dict[int, set[int]]
    recorded: dict[int, list[str]]
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


def dependencies_of(items: Sequence[pytest.Item], served: Collection[str]) -> Dependencies:
    """What the items depend on, among themselves and the `served` tests."""
    found = Dependencies({}, {}, [])
    indices = marked(items, "depends")
    if not indices:
        return found
    names = _Names([item.nodeid for item in items], served)
    for index in indices:
        for node, mark in items[index].iter_markers_with_node("depends"):
            problem = _add(found, names, index, mark)
            if problem:
                found.faults.append(faulty(items[index], node, mark, problem))
    ring = [] if found.faults else _ring(found.after)
    if ring:
        way = " -> ".join(items[index].nodeid for index in ring)
        node, mark = next(items[ring[0]].iter_markers_with_node("depends"))
        problem = f"tests depend on each other in a ring: {way}; take one of them out of its `on`"
        found.faults.append(faulty(items[ring[0]], node, mark, problem))
    return found


def _add(found: Dependencies, names: _Names, index: int, mark: pytest.Mark) -> str:
    """Adds what a marker says; returns what is wrong with it (or nothing)."""
    unknown = sorted(set(mark.kwargs) - {"on", "scope"})
    if unknown:
        return f"depends() takes no {', '.join(unknown)}; allowed: on, scope"
    given = mark.kwargs.get("on", list(mark.args))
    on = [given] if isinstance(given, str) else given
    if not isinstance(on, list | tuple) or not on or not all(isinstance(name, str) and name for name in on):
        return f'depends() takes the names of tests, as in depends(on=["test_login"]); found {given!r}'
    scope = mark.kwargs.get("scope", "module")
    if scope not in SCOPES:
        return f"scope is one of {', '.join(SCOPES)}, not {scope!r}"
    for name in on:
        own = names.ids[index]
        matches = names.matching(name, scope, own)
        if not matches:
            return names.unknown(name, scope)
        for match in matches:
            if match < len(names.items):
                found.after.setdefault(index, set()).add(match)
            else:
                found.recorded.setdefault(index, []).append(names.ids[match])
    return ""


class _Parts(NamedTuple):
    """A node id: its file, what stands behind it, and that without parameters."""

    path: str
    inner: str
    plain: str


class _Names:
    """All tests that can be depended on, by what they may be called. `items` are ids of items in their order; the others in
    `ids` come from cache."""

    def __init__(self, items: Sequence[str], served: Collection[str]) -> None:
        self.items = items
        self.ids = [*items, *sorted(set(served) - set(items))]
        self._parts = [_parts(nodeid) for nodeid in self.ids]
        self._called: dict[str, list[int]] = {}
        for index, parts in enumerate(self._parts):
            for name in _all_names(self.ids[index], parts):
                self._called.setdefault(name, []).append(index)
        self._patterns: dict[str, list[int]] = {}

    def matching(self, name: str, scope: str, own: str) -> list[int]:
        """The indices in `ids` that `name` means to the test `own`."""
        if "*" in name or "?" in name:
            if name not in self._patterns:
                pattern = name.replace("[", "[[]")
                called = (called for called in self._called if fnmatchcase(called, pattern))
                self._patterns[name] = sorted({index for one in called for index in self._called[one]})
            # A test that matches its own pattern does not mean itself.
            found = [index for index in self._patterns[name] if self.ids[index] != own]
        else:
            found = self._called.get(name, [])
        if _has_file(name) or scope == "session":
            return found
        here = _parts(own)
        return [index for index in found if _shares(scope, self._parts[index], here)]

    def unknown(self, name: str, scope: str) -> str:
        """What is wrong with a name that means nothing."""
        where = "in the category" if _has_file(name) or scope == "session" else f"in its {scope}"
        meant = did_you_mean(name, self._called) or "; allowed: names of tests, node ids, and patterns with *"
        if self.matching(name, "session", ""):
            meant = '; there is one elsewhere in the category: write scope="session"'
        return f"depends on {name!r}, and there is no such test {where}{meant}"


def _parts(nodeid: str) -> _Parts:
    path, _, inner = nodeid.partition("::")
    before, colons, last = inner.rpartition("::")
    return _Parts(path, inner, before + colons + last.partition("[")[0])


def _all_names(nodeid: str, parts: _Parts) -> Iterable[str]:
    """Its id and its name in the module with and without parameters, its name alone, its classes, its file."""
    path, inner, plain = parts
    names = {nodeid, f"{path}::{plain}", inner, plain, inner.rpartition("::")[2] if "[" not in inner else "", path}
    names.add(plain.rpartition("::")[2])
    pieces = plain.split("::")[:-1]
    for number in range(len(pieces)):
        group = "::".join(pieces[: number + 1])
        names |= {group, f"{path}::{group}"}
    return names - {""}


def _has_file(name: str) -> bool:
    return "/" in name or name.partition("::")[0].endswith(".py")


def _shares(scope: str, one: _Parts, other: _Parts) -> bool:
    if scope == "package":
        return one.path.rpartition("/")[0] == other.path.rpartition("/")[0]
    same_module = one.path == other.path
    return same_module and (scope == "module" or one.plain.rpartition("::")[0] == other.plain.rpartition("::")[0])


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

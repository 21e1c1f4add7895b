"""What tests may be called by those that depend on them: by name within a scope, by node id, by pattern.

    test_login, TestIt::test_login, TestIt     by name, in the same module (or what else the scope is)
    tests/test_a.py::test_login                by node id, wherever it is
    tests/test_a.py, test_create_*             all of a file; whatever matches

A name without its parameters means all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import NamedTuple

from lamina.layers.spelling import did_you_mean

__all__ = ["TestNames", "has_file"]


class _Parts(NamedTuple):
    """A node id: its file, what stands behind it, and that without parameters."""

    path: str
    inner: str
    plain: str


class TestNames:
    """Tests that can be depended on, by what they may be called. `items` are ids of items in their order; the others in
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
        if has_file(name) or scope == "session":
            return found
        here = _parts(own)
        return [index for index in found if _shares(scope, self._parts[index], here)]

    def like(self, name: str) -> str:
        """`, did you mean NAME?` for the one most like `name`, or nothing."""
        return did_you_mean(name, self._called)

    def unknown(self, name: str, scope: str) -> str:
        """What is wrong with a name, not of a file, that means nothing."""
        where = "in the category" if scope == "session" else f"in its {scope}"
        meant = self.like(name) or "; allowed: names of tests, node ids, and patterns with *"
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


def has_file(name: str) -> bool:
    """Whether a name says in which file the tests are."""
    return "/" in name or name.partition("::")[0].endswith(".py")


def _shares(scope: str, one: _Parts, other: _Parts) -> bool:
    if scope == "package":
        return one.path.rpartition("/")[0] == other.path.rpartition("/")[0]
    same_module = one.path == other.path
    return same_module and (scope == "module" or one.plain.rpartition("::")[0] == other.plain.rpartition("::")[0])

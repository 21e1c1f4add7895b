"""What differs between two versions of a module, apart from bodies: names whose definitions changed, and new imports."""

from __future__ import annotations

import builtins
from collections import defaultdict
from collections.abc import Collection
from typing import NamedTuple

from lamina.cache.present import MISSING, Present
from lamina.tracing.analysis import HEARS, LISTED, Analysis, Definition

__all__ = ["DOCS", "Change", "difference", "is_of_tests", "module_keys", "states"]

# Those who read docstrings, or have them read, mention one of these.
DOCS = frozenset(
    {"__doc__", "getdoc", "render_doc", "testmod", "run_docstring_examples", "DocTestFinder", "DocTestSuite"}
)

_BUILT_IN = frozenset(dir(builtins))


class Change(NamedTuple):
    """`names` are those defined otherwise, added or removed, `elsewhere` those of objects that change with them;
    `calls` what ran or runs to make them; `imports` the files of modules that are imported anew, `dropped` of those that are
    imported no more. `gone` are names that nothing has any more, `quiet` those that code in other modules hardly comes upon when
    it looks for names that it made up: of tests, and of modules that are imported; `members` those that it may find through
    any object, and not only through the module; `bases` what classes of these names are or were based on; `told` are members with
    their classes, whose headers tell all of the change. `described` are names of which only the docstring changed, which what makes
    them may read. `may_fail` says whether to import the module may fail at what is defined anew."""

    path: str
    names: frozenset[str]
    calls: frozenset[str]
    imports: tuple[str, ...]
    dropped: tuple[str, ...]
    gone: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    quiet: frozenset[str] = frozenset()
    members: frozenset[str] = frozenset()
    bases: frozenset[str] = frozenset()
    told: frozenset[tuple[str, str]] = frozenset()
    described: frozenset[str] = frozenset()
    may_fail: bool = False

    def text(self) -> str:
        """In words."""
        return f"{self.path}: {self.some()} changed"

    def some(self) -> str:
        """The first few names."""
        named = sorted(self.names)
        return ", ".join(named[:3]) + (", …" if len(named) > 3 else "") or "imports"


def difference(path: str, before: Analysis, after: Analysis, present: Present) -> Change:
    """From one version to the other."""
    old, new = _by_name(before), _by_name(after)
    names: set[str] = set()
    elsewhere: set[str] = set()
    calls: set[str] = set()
    bases: set[str] = set()
    described: set[str] = set()
    for name in old.keys() | new.keys():
        if _fingerprints(old.get(name, [])) == _fingerprints(new.get(name, [])):
            if _docs(old.get(name, [])) != _docs(new.get(name, [])):
                described.add(name)
            continue
        names.add(name)
        for one in (*old.get(name, ()), *new.get(name, ())):
            elsewhere.update(one.also)
            calls.update(one.calls)
            bases.update(one.bases or ())
    if ("__all__" in old) != ("__all__" in new):
        # Without it, a star import brings all public names.
        listed, bare = (old, new) if "__all__" in old else (new, old)
        names.update(name for name in bare if not name.startswith("_") and not _is_listed(listed.get(name, [])))
    if before.docs != after.docs:
        names |= DOCS
    imported, imports = (
        {file for name in one.imports for key in module_keys(name, path) for file in present.module_files(key)} - {path}
        for one in (before, after)
    )
    return Change(
        path, frozenset(names), frozenset(calls), tuple(sorted(imports - imported)), tuple(sorted(imported - imports)),
        frozenset(old.keys() - new.keys()), frozenset(elsewhere),
        frozenset(name for name in names if _is_quiet(path, name, [*old.get(name, ()), *new.get(name, ())])),
        frozenset(name for name in names if any(one.is_member for one in (*old.get(name, ()), *new.get(name, ())))),
        frozenset(bases - {HEARS}),
        frozenset(told for name in names for told in _told(old.get(name, []), new.get(name, []))),
        frozenset(described),
        any(_may_fail(one, new.keys()) for name in names for one in new.get(name, ()) if one not in old.get(name, ())),
    )  # fmt: skip


def states(before: Analysis, after: Analysis) -> dict[str, tuple[str, str]]:
    """Names whose own definitions differ, with the fingerprints of what they were and of what they are."""
    was, now = (
        {
            name: " ".join([*_fingerprints(found), *filter(None, _docs(found))])
            for name, found in _by_name(analysis).items()
        }
        for analysis in (before, after)
    )
    return {
        name: (was.get(name, MISSING), now.get(name, MISSING))
        for name in was.keys() | now.keys()
        if was.get(name) != now.get(name)
    }


def _by_name(analysis: Analysis) -> dict[str, list[Definition]]:
    found = defaultdict(list)
    for definition in analysis.definitions:
        if definition.fingerprint:
            found[definition.name].append(definition)
    return found


def _fingerprints(definitions: list[Definition]) -> list[str]:
    return [one.fingerprint for one in definitions]


def _docs(definitions: list[Definition]) -> list[str]:
    return [one.doc for one in definitions]


def _is_quiet(path: str, name: str, definitions: list[Definition]) -> bool:
    if name in DOCS:
        return True
    if is_of_tests(name, path):
        return True
    return bool(definitions) and all(one.origin.endswith(":") for one in definitions)


def _told(old: list[Definition], new: list[Definition]) -> list[tuple[str, str]]:
    """A member with the classes whose headers tell what changed of it; none when something is not told by any."""
    sides = [(one, new) for one in old if one not in new] + [(one, old) for one in new if one not in old]
    for one, others in sides:
        is_header = not one.is_value and any(other.owner == one.owner and not other.is_value for other in others)
        if not one.owner or is_header:
            return []
    return [(one.name, one.owner) for one, _ in sides]


def _may_fail(definition: Definition, defined: Collection[str]) -> bool:
    """Whether to make it is more than to name what the module has. A class's bases may have their own opinion of it."""
    needed = {*definition.mentions, *definition.hints} - {definition.name}
    is_named = needed.issubset(definition.bare) and all(name in defined or name in _BUILT_IN for name in needed)
    is_of_class = definition.is_member and not definition.is_value
    return bool(definition.origin) or not is_named or (is_of_class and bool(needed))


def _is_listed(definitions: list[Definition]) -> bool:
    return any(one.fingerprint == LISTED for one in definitions)


def is_of_tests(name: str, path: str) -> bool:
    """Whether it is the name of a test, or of a class of tests, in a test file."""
    file = path.rpartition("/")[2]
    return name.startswith(("test", "Test")) and (file.startswith("test") or file.endswith("_test.py"))


def module_keys(name: str, importer: str) -> list[str]:
    """The names under which an import looks for modules: of `a.b`, "a" and "a.b"; of a relative one, paths from the root
    with a slash in front."""
    if not name.startswith("."):
        parts = name.split(".")
        return [".".join(parts[: depth + 1]) for depth in range(len(parts)) if parts[0]]
    dots = len(name) - len(name.lstrip("."))
    folder = importer.split("/")[:-dots] if importer.count("/") + 1 >= dots else []
    rest = [part for part in name[dots:].split(".") if part]
    return ["/" + "/".join([*folder, *rest[: depth + 1]]) for depth in range(len(rest))] or ["/" + "/".join(folder)]

"""Which categories a test file may belong to, and which files count for which category.

Marker and keyword expressions are known only once a file is imported, so here a file belongs to every category that
could claim one of its tests.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from lamina.sources.claims import Claimant, candidates
from lamina.sources.patterns import Patterns

__all__ = ["Assignment", "assign", "categories_of", "is_narrowed", "unmatched_inputs"]


class Assignment(NamedTuple):
    """By category: its test files, and the other files that it depends on when it does not depend on all (None: all).
    `shared`: the files that count for all; `unclaimed`: test files that no category takes."""

    tests: dict[str, list[str]]
    inputs: dict[str, list[str] | None]
    shared: list[str]
    unclaimed: list[str]


def categories_of(configuration: dict[str, Any]) -> list[dict[str, Any]]:
    """All categories of a plain configuration, in its order."""
    return [category for layer in configuration["layers"] for category in layer["categories"]]


def is_narrowed(configuration: dict[str, Any], category: dict[str, Any]) -> bool:
    """Whether the category counts only on the files that its `inputs` name. Where tests are traced these are what child
    processes read; what the tests themselves use is known better than anyone can write down."""
    return bool(category["inputs"]) and not configuration["settings"].get("trace", True)


def assign(
    configuration: dict[str, Any], test_files: list[str], other_files: list[str], imported: set[str]
) -> Assignment:
    """Gives every file its place. `imported` are the names of test modules that other files import."""
    categories = categories_of(configuration)
    claimants = [Claimant(category["name"], category["filters"]) for category in categories]
    tests: dict[str, list[str]] = {category["name"]: [] for category in categories}
    shared = list(other_files)
    unclaimed = []
    for path in test_files:
        owners = candidates(claimants, path)
        for owner in owners:
            tests[owner.name].append(path)
        if not owners:
            unclaimed.append(path)
        if not owners or path.rpartition("/")[2].removesuffix(".py") in imported:
            shared.append(path)
    shared.sort()
    inputs = {
        category["name"]: _chosen(category["inputs"], shared) if is_narrowed(configuration, category) else None
        for category in categories
    }
    return Assignment(tests, inputs, shared, unclaimed)


def unmatched_inputs(configuration: dict[str, Any], paths: list[str]) -> list[tuple[str, str]]:
    """(category, pattern) of each pattern in `inputs` that none of the project's files matches."""
    named = [(one["name"], pattern) for one in categories_of(configuration) for pattern in one["inputs"]]
    patterns = {text: Patterns([text.removeprefix("!")]) for _, text in named}
    return [(name, text) for name, text in named if not any(map(patterns[text].match, paths))]


def _chosen(patterns: list[str], files: list[str]) -> list[str] | None:
    """The files that `inputs` names; conftests and configuration count in any case, and a later `!pattern` takes
    back."""
    if not patterns:
        return None
    steps = [(not pattern.startswith("!"), Patterns([pattern.removeprefix("!")])) for pattern in patterns]

    def is_chosen(path: str) -> bool:
        name = path.rpartition("/")[2]
        if name == "conftest.py" or ("/" not in path and name in _CONFIGURATION):
            return True
        chosen = False
        for includes, pattern in steps:
            if pattern.match(path):
                chosen = includes
        return chosen

    return [path for path in files if is_chosen(path)]


_CONFIGURATION = frozenset(
    {
        "pytest.toml",
        ".pytest.toml",
        "pytest.ini",
        ".pytest.ini",
        "pyproject.toml",
        "tox.ini",
        "setup.cfg",
        ".coveragerc",
    }
)

"""The few of pytest's settings that say which files are test files, read without pytest.

Only what stands in the project's own configuration file is seen; an `-o` in `addopts` is not.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from lamina.sources.stored_files import read_text

__all__ = ["read", "rule_for_test_files", "rule_for_test_names"]


def read(root: str) -> dict[str, Any]:
    """`python_files`, `testpaths`, `norecursedirs` as lists, and whether doctests are collected too (`doctests`)."""
    from lamina.layers.pytest_settings import read_pytest_settings

    found = read_pytest_settings(Path(root))
    text = read_text(os.path.join(root, found.file)) if found.file else ""
    return {
        "python_files": list(found.python_files),
        "testpaths": _present(root, found.testpaths),
        "norecursedirs": list(found.norecursedirs),
        "doctests": "--doctest-" in (text or ""),
    }


def _present(root: str, testpaths: Iterable[str]) -> list[str]:
    """Where pytest looks for tests: everywhere if there is nothing at any of these places."""
    from glob import glob

    if any(glob(path, root_dir=root, recursive=True) for path in testpaths):
        return [path.strip("/") for path in testpaths]
    return []


def rule_for_test_files(settings: dict[str, Any]) -> Callable[[str], bool]:
    """Says of a path from the root whether pytest would collect it as a test file."""
    names = [pattern for pattern in settings["python_files"] if "/" not in pattern]
    paths = [pattern for pattern in settings["python_files"] if "/" in pattern]
    name_rule = _any_of(names)
    path_rule = _any_of([pattern if pattern.startswith("/") else f"*/{pattern}" for pattern in paths])
    no_recurse = _any_of([pattern for pattern in settings["norecursedirs"] if "/" not in pattern])
    starts = tuple(f"{path}/" for path in settings["testpaths"] if not _is_pattern(path) and path != ".")
    starting = _any_of([f"{path}/*" for path in settings["testpaths"] if _is_pattern(path)])
    everywhere = not settings["testpaths"] or "." in settings["testpaths"]
    files = frozenset(settings["testpaths"])

    def is_test_file(path: str) -> bool:
        folder, _, name = path.rpartition("/")
        if not name.endswith(".py") or not (name_rule(name) or (paths and path_rule(f"/{path}"))):
            return False
        if not everywhere and not path.startswith(starts) and not starting(path) and path not in files:
            return False
        return not any(no_recurse(part) for part in folder.split("/"))

    return is_test_file


def rule_for_test_names(settings: dict[str, Any]) -> Callable[[str], bool]:
    """Says of a module's name whether it could be a test file's."""
    rule = _any_of([pattern.rpartition("/")[2] for pattern in settings["python_files"]])
    return lambda name: rule(f"{name}.py")


def _any_of(patterns: list[str]) -> Callable[[str], bool]:
    if not patterns:
        return lambda text: False
    import fnmatch

    match = re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns)).match
    return lambda text: match(text) is not None


def _is_pattern(path: str) -> bool:
    return any(character in path for character in "*?[")

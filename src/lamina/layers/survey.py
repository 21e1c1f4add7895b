"""Looks at an existing project: which test files it has, how many tests, and which of lamina's categories they suggest.

Reads names and text only; nothing of the project is imported or run.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from lamina.layers.pytest_settings import PytestSettings, read_pytest_settings

__all__ = ["Found", "Survey", "survey"]

# Folder and marker names that other projects use for what a category here means.
MEANINGS = {
    "smoke": ("smoke", "sanity"),
    "unit": ("unit",),
    "database": ("database", "db"),
    "api": ("api",),
    "websocket": ("websocket", "websockets"),
    "integration": ("integration", "functional", "component"),
    "agent": ("agent", "agents"),
    "e2e_critical": ("e2e_critical",),
    "frontend": ("frontend", "ui"),
    "cypress": ("cypress", "browser"),
    "e2e": ("e2e", "end_to_end", "acceptance", "system"),
    "performance": ("performance", "perf", "benchmark", "benchmarks", "load"),
}
_CATEGORY = {word: category for category, words in MEANINGS.items() for word in words}
# `tests/integration_tests/` says the same as `tests/integration/`.
_CATEGORY |= {f"{word}{end}": category for word, category in _CATEGORY.items() for end in ("_tests", "_test", "-tests")}
_TESTS = frozenset({"tests", "test", "testing"})

_TEST = re.compile(rb"^[ \t]*(?:async[ \t]+)?def test", re.MULTILINE)
_MARK = re.compile(rb"\bpytest\.mark\.(\w+)")


class Found(NamedTuple):
    """What was found for one category: folders (posix, from the root) or, without any, a marker; files and tests."""

    category: str
    folders: tuple[str, ...]
    marker: str
    files: int
    tests: int


class Survey(NamedTuple):
    """What a project has: pytest's settings, the number of test files and of `def test...` in them, and what was found
    for each category that its folders or markers name. The rest of the tests is in none of these."""

    settings: PytestSettings
    files: int
    tests: int
    found: tuple[Found, ...]


def survey(root: Path) -> Survey:
    """Look at the project in `root`."""
    settings = read_pytest_settings(root)
    tests: dict[str, int] = {}
    marked: dict[str, Counter[str]] = {}
    for path in sorted(_test_files(root, settings)):
        text = _content(root / path)
        tests[path] = len(_TEST.findall(text))
        marked[path] = Counter(mark.decode() for mark in _MARK.findall(text))
    folders = {path: _category_folder(path, settings) for path in tests}
    found = [_found(category, tests, folders, marked) for category in MEANINGS]
    return Survey(settings, len(tests), sum(tests.values()), tuple(one for one in found if one))


def _found(
    category: str, tests: dict[str, int], folders: dict[str, tuple[str, str] | None], marked: dict[str, Counter[str]]
) -> Found | None:
    by_folder = {path: found[1] for path, found in folders.items() if found and found[0] == category}
    if by_folder:
        count = sum(tests[path] for path in by_folder)
        return Found(category, tuple(sorted(set(by_folder.values()))), "", len(by_folder), count)
    for word in MEANINGS[category]:
        # A test in another category's folder is that category's, whatever its markers say.
        users = [path for path, marks in marked.items() if marks[word] and folders[path] is None]
        if users:
            # A mark on a class or module stands for many tests, so this is a lower bound.
            return Found(category, (), word, len(users), sum(marked[path][word] for path in users))
    return None


def _category_folder(path: str, settings: PytestSettings) -> tuple[str, str] | None:
    """The category that a test file's folders name, and the folder: the outermost within the project's tests.

    `src/shop/api/tests/test_x.py` holds the unit tests of a package called api, so a name counts only below a tests
    folder or a test path, or at the top of the project with no tests folder below it.
    """
    parts = PurePosixPath(path).parent.parts
    within = False
    for index, part in enumerate(parts):
        here = "/".join(parts[: index + 1])
        category = _CATEGORY.get(part.lower())
        outermost = index == 0 and not _TESTS.intersection(parts[1:])
        if category and (within or outermost or here in settings.testpaths):
            return category, here
        within = within or part.lower() in _TESTS or here in settings.testpaths
    return None


def _test_files(root: Path, settings: PytestSettings) -> Iterator[str]:
    """Test files as pytest would find them, relative to the root."""
    # glob refuses absolute patterns; a test path outside the project is none of this project's folders anyway.
    named = [start for path in settings.testpaths if not path.startswith("/") for start in root.glob(path)]
    seen: set[str] = set()
    for start in named or [root]:
        for path in _walk(start, settings) if start.is_dir() else [start]:
            relative = path.relative_to(root).as_posix()
            if relative not in seen:
                seen.add(relative)
                yield relative


def _walk(start: Path, settings: PytestSettings) -> Iterator[Path]:
    for folder, below, files in os.walk(start):
        # A virtual environment holds the tests of others.
        below[:] = [
            name
            for name in below
            if name != "__pycache__"
            and not any(fnmatch(name, pattern) for pattern in settings.norecursedirs)
            and not (Path(folder) / name / "pyvenv.cfg").exists()
        ]
        for name in files:
            if any(fnmatch(name, pattern) for pattern in settings.python_files):
                yield Path(folder) / name


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""

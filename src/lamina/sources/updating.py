"""Brings the index up to date with the project's files: one walk as a rule, a second one where what decides about names or about
imports turns out to be different.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import cache
from typing import Any

from lamina.sources.ignoring import git_folder, outer_rules, tracked_although_ignored
from lamina.sources.index import Index
from lamina.sources.pytest_settings import read, rule_for_test_names
from lamina.sources.tree import Table, Walk

__all__ = ["bring_up_to_date"]


def bring_up_to_date(root: str, cache_dir: str, index: Index) -> tuple[bool, bool]:
    """Walks: (whether the index has to be written, whether any content or name differs)."""

    def walk_once(previous: Table | None) -> Walk:
        walk = Walk(root, index.table, cache_dir, _imports_finder(root), previous)
        walk.run()
        return walk

    rules = _rules(root, index.rules)
    previous: Table | None = None
    if index.table and rules != index.rules:
        previous, index.table = index.table, {}
    new = not index.table
    index.rules = rules
    walk = walk_once(previous)
    if walk.rules_differ and not new:
        previous, index.table = index.table, {}
        walk = walk_once(previous)
    if walk.differs:
        settings = read(root)
        if index.pytest and settings["python_files"] != index.pytest["python_files"]:
            index.table = {}  # what counts as the name of a test module differs, so each file's imports do
            walk_once(None)
        index.pytest = settings
    return walk.dirty, walk.differs


def _imports_finder(root: str) -> Callable[[bytes], list[str]]:
    """Finds imports of test modules; reads the project's settings when the first file has to be looked into."""

    @cache
    def is_test_name() -> Callable[[str], bool]:
        return rule_for_test_names(read(root))

    def find(content: bytes) -> list[str]:
        from lamina.sources.imports import imported_test_modules

        return imported_test_modules(content, is_test_name())

    return find


def _rules(root: str, known: list[Any]) -> list[Any]:
    """The state of what says which files are ignored and lies outside the tree."""
    top, git = git_folder(root)
    if not top:
        return []
    staged = _stat(os.path.join(git, "index"))
    # What is tracked can only change with git's index, and only a process can read that.
    is_known = len(known) == 3 and known[1] == staged
    tracked = known[2] if is_known else sorted(tracked_although_ignored(root))
    return [[[file, _stat(file)] for file in outer_rules(root)], staged, tracked]


def _stat(path: str) -> list[int]:
    try:
        found = os.stat(path)
    except OSError:
        return []
    return [found.st_mtime_ns, found.st_size, found.st_ino]

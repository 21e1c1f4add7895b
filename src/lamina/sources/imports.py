"""Which test modules a Python file imports, found by its text alone.

A test module that others import (a base class, shared cases) counts for every category, not only for its own. Names are
compared without their packages, so a namesake elsewhere counts too: one file too many, never one too few.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["imported_test_modules"]

_IMPORT = re.compile(
    rb"""^[ \t]*from[ \t]+([.\w]+)[ \t]+import[ \t]*(\([^)]*\)|[^\n#;]+)   # from a.b import c, d
    |^[ \t]*import[ \t]+([^\n#;]+)                                        # import a.b as c, d
    |import_module\(\s*["']([.\w]+)                                      # import_module("a.b")
    |^pytest_plugins\s*=\s*(\([^)]*\)|\[[^\]]*\]|[^\n]+)                  # pytest_plugins = ["a.b"]
    """,
    re.MULTILINE | re.VERBOSE,
)
_WORD = re.compile(rb"[^\W\d]\w*")


def imported_test_modules(content: bytes, is_test_name: Callable[[str], bool]) -> list[str]:
    """Names in `content`'s imports that `is_test_name` takes for a test module's, sorted."""
    if b"import" not in content and b"pytest_plugins" not in content:
        return []
    words: set[bytes] = set()
    for found in _IMPORT.finditer(content):
        for group in found.groups():
            if group:
                words.update(_WORD.findall(group))
    return sorted(name for name in (word.decode("utf-8", "replace") for word in words) if is_test_name(name))

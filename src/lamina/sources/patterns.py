"""File patterns as in a configuration: globs over paths relative to the root, with `**` for any number of folders.

A pattern without a slash matches a name at any depth, one with a slash is anchored at the root; one that names a folder
matches all that is below it. It knows nothing of files on disk.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["Patterns"]


class Patterns:
    """A compiled list of patterns; an empty list matches nothing."""

    def __init__(self, patterns: Iterable[str]) -> None:
        sources = [_regex(pattern) for pattern in patterns]
        self._regex = re.compile("|".join(sources)) if sources else None

    def match(self, path: str) -> bool:
        """Whether any pattern matches `path` (relative to the root, with forward slashes)."""
        return self._regex is not None and self._regex.fullmatch(path) is not None


def _regex(pattern: str) -> str:
    anchored = "/" in pattern.rstrip("/")
    parts = pattern.strip("/").split("/")
    if not anchored:
        parts.insert(0, "**")
    text = ""
    for number, part in enumerate(parts):
        last = number == len(parts) - 1
        if part == "**":
            text += ".*" if last else "(?:[^/]+/)*"
        else:
            text += _segment(part) + ("" if last else "/")
    # A pattern that matches a folder matches what is in it.
    return f"(?:{text})(?:/.*)?"


def _segment(part: str) -> str:
    text = ""
    index = 0
    while index < len(part):
        character = part[index]
        index += 1
        if character == "*":
            text += "[^/]*"
        elif character == "?":
            text += "[^/]"
        elif character == "[" and (end := part.find("]", index + 1)) > 0:
            inner = part[index:end]
            text += "[" + ("^" + inner[1:] if inner[0] in "!^" else inner).replace("\\", "\\\\") + "]"
            index = end + 1
        else:
            text += re.escape(character)
    return text

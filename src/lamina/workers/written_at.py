"""Where a marker stands in the project's files, so that a message about it can name the line."""

from __future__ import annotations

import linecache
import re
from typing import Any

import pytest

__all__ = ["written_at"]

_DEFINITION = re.compile(r"\s*(async\s+def|def|class)\b")


def written_at(item: pytest.Item, node: Any, mark: pytest.Mark) -> tuple[str, int]:
    """File and line of a marker that `item` has from `node` (itself, its class or module). One that is not written there
    (given by a hook, or by another name) is said to be where the test begins."""
    path, first, _ = item.location
    own = (first or 0) + 1
    lines = linecache.getlines(str(item.path))
    if isinstance(node, pytest.Module):
        numbers = _assigned(lines, 1)
    elif isinstance(node, pytest.Class):
        begin = (node.reportinfo()[1] or 0) + 1
        numbers = [*_decorators(lines, begin), *_assigned(lines, begin)]
    else:
        numbers = _decorators(lines, own)
    return path, _calling(lines, numbers, mark) or own


def _decorators(lines: list[str], begin: int) -> list[int]:
    """The numbers of the lines from `begin` on, up to the next definition."""
    end = begin
    while end <= len(lines) and not _DEFINITION.match(lines[end - 1]):
        end += 1
    return list(range(begin, end))


def _assigned(lines: list[str], begin: int) -> list[int]:
    """The numbers of the lines from the first assignment to `pytestmark` on, up to the next definition."""
    for number in range(begin, len(lines) + 1):
        if lines[number - 1].lstrip().startswith("pytestmark"):
            return _decorators(lines, number)
    return []


def _calling(lines: list[str], numbers: list[int], mark: pytest.Mark) -> int:
    """The first line that calls the marker with a text that it has, else the first that calls it; 0: none."""
    calls = [number for number in numbers if re.search(rf"\b{mark.name}\s*\(", lines[number - 1])]
    texts = _texts([*mark.args, *mark.kwargs.values()])
    with_text = [number for number in calls if any(text in lines[number - 1] for text in texts)]
    return next(iter(with_text or calls), 0)


def _texts(values: list[Any]) -> list[str]:
    found: list[str] = []
    for value in values:
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, list | tuple):
            found.extend(_texts(list(value)))
    return found

"""What can be told of a stream that a person may be looking at."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["is_terminal", "wants_color", "width"]


def is_terminal(stream: Any) -> bool:
    """Whether the stream leads to a terminal; a closed one, or none at all, does not."""
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False


def wants_color(stream: Any) -> bool:
    """Whether to write colours: on a terminal, unless NO_COLOR or FORCE_COLOR say otherwise."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or is_terminal(stream)


def width() -> int:
    """The terminal's width in characters; 100 where there is none."""
    import shutil

    return shutil.get_terminal_size((100, 24)).columns

"""What can be told of a stream that a person may be looking at."""

from __future__ import annotations

import os
from typing import Any

__all__ = ["is_terminal", "print_whole", "wants_color", "width"]


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


def print_whole(text: str, stream: Any) -> None:
    """Writes all of a command's output; a reader that has seen enough (`| head`) is no error."""
    try:
        # File names may hold what the stream's encoding does not.
        encoding = getattr(stream, "encoding", None) or "utf-8"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        stream.flush()
    except BrokenPipeError:
        # Python would complain again when it closes the stream at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def width() -> int:
    """The terminal's width in characters; 100 where there is none."""
    import shutil

    return shutil.get_terminal_size((100, 24)).columns

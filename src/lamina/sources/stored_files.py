"""Small files that lamina keeps: written whole or not at all, set aside when they can't be understood.

It knows nothing of what is in them.
"""

from __future__ import annotations

import os
import time
from contextlib import suppress

__all__ = ["make_folder", "read_text", "set_aside", "write_text"]


def read_text(path: str) -> str | None:
    """The file's text, with bytes that are not UTF-8 kept as surrogates; None when it can't be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape", newline="") as file:
            return file.read()
    except OSError:
        return None


def write_text(path: str, text: str) -> None:
    """Replaces the file in one step; a reader sees the old text or the new one. Raises OSError."""
    draft = f"{path}.{os.getpid()}.{time.monotonic_ns()}.draft"
    try:
        with open(draft, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
            file.write(text)
        os.replace(draft, path)
    except OSError:
        with suppress(OSError):
            os.unlink(draft)
        raise


def make_folder(path: str) -> None:
    """Makes a folder for files that lamina keeps, with a file in it that keeps it out of git. Raises OSError."""
    if not os.path.isdir(path):
        os.makedirs(path, exist_ok=True)
        write_text(os.path.join(path, ".gitignore"), "*\n")


def set_aside(path: str) -> str:
    """Moves a file that can't be used out of the way; returns one line that says so."""
    aside = f"{path}.broken-{int(time.time())}"
    try:
        os.replace(path, aside)
    except OSError as error:
        return f"{path} could not be read and could not be set aside ({error.strerror}); it is ignored"
    return f"{path} could not be read; it was set aside as {os.path.basename(aside)} and begun anew"

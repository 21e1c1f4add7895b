"""`.lamina/index.json`: what is known of the project's files since the last walk.

Written by this version of lamina and read by the same format only; any other is set aside and made anew, since all of
it can be found out again.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from lamina.sources.stored_files import read_text, set_aside, write_text
from lamina.sources.tree import Table

__all__ = ["FORMAT", "Index", "load", "save"]

# Changes with the shape of the file and with what its entries mean.
FORMAT = "lamina index 2"
_NAME = "index.json"


@dataclass
class Index:
    """The table of files, the state of the rules about ignored files, and what was derived from both: pytest's
    settings, the digest of each category's manifest, and what they were derived from (`basis`)."""

    table: Table = field(default_factory=dict)
    rules: list[Any] = field(default_factory=list)
    pytest: dict[str, Any] = field(default_factory=dict)
    digests: dict[str, str] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    unclaimed: list[str] = field(default_factory=list)
    basis: str = ""


def load(cache_dir: str, notes: list[str]) -> Index:
    """The index, or an empty one; a file that can't be understood is set aside and said so in `notes`."""
    path = os.path.join(cache_dir, _NAME)
    text = read_text(path)
    if text is None:
        return Index()
    with suppress(ValueError, TypeError, RecursionError):
        data = json.loads(text)
        if isinstance(data, dict) and data.pop("format", None) == FORMAT:
            return Index(**data)
    notes.append(set_aside(path))
    return Index()


def save(cache_dir: str, index: Index, notes: list[str]) -> None:
    """Writes the index; when that can't be, the next run only has more to do, which a note says."""
    data = {"format": FORMAT, **vars(index)}
    try:
        os.makedirs(cache_dir, exist_ok=True)
        own_ignore = os.path.join(cache_dir, ".gitignore")
        if not os.path.exists(own_ignore):
            write_text(own_ignore, "*\n")
        write_text(os.path.join(cache_dir, _NAME), json.dumps(data, separators=(",", ":")))
    except OSError as error:
        notes.append(
            f"{os.path.join(cache_dir, _NAME)} could not be written: {error.strerror}; the next run starts from nothing"
        )

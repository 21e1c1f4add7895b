"""Placeholders in a service's command line and variables: `{port}`, `{ports.http}`, `{other.port}`.

`${NAME}` is left to the program that reads it, and so is a brace that holds anything but a name; `{{` and `}}` are
braces.
"""

from __future__ import annotations

import re
from collections.abc import Callable

__all__ = ["filled", "placeholders"]

_PLACEHOLDER = re.compile(r"\{\{|\}\}|(?<!\$)\{([A-Za-z_][\w-]*(?:\.[\w-]+)*)\}")


def placeholders(text: str) -> list[str]:
    """The names in a text, in its order."""
    return [found[1] for found in _PLACEHOLDER.finditer(text) if found[1]]


def filled(text: str, value_of: Callable[[str], str]) -> str:
    """The text with each placeholder replaced by what `value_of` gives for its name."""

    def replace(found: re.Match[str]) -> str:
        return value_of(found[1]) if found[1] else found[0][0]

    return _PLACEHOLDER.sub(replace, text)

"""Bodies of functions that a session has heard of, each with a number, and the names that they use and are found by."""

from __future__ import annotations

from typing import NamedTuple

from lamina.tracing.analysis import Analysis, Body
from lamina.workers.body_names import found_by, used_by

__all__ = ["KnownBodies", "Version"]


class Version(NamedTuple):
    """Where a body is: its file, the hash of what that has, its blocks, and the place among them."""

    path: str
    content: str
    analysis: Analysis
    place: int


class KnownBodies:
    """All of them, each in the first version that was heard of. What belongs to a body is in lists, at its number.
    `used` and `found_by` are keys as in `body_names`."""

    def __init__(self) -> None:
        self.versions: list[Version] = []
        self.bodies: list[Body] = []
        self.used: list[frozenset[str]] = []
        self.found_by: list[list[str]] = []
        self._numbers: dict[tuple[str, int], int] = {}

    def number(self, version: Version) -> int:
        """Of the body at this place."""
        key = (version.path, version.place)
        number = self._numbers.get(key)
        if number is None:
            number = self._numbers[key] = len(self.bodies)
            body = version.analysis.bodies[version.place]
            self.versions.append(version)
            self.bodies.append(body)
            self.used.append(used_by(body))
            self.found_by.append(found_by(body))
        return number

"""Bodies of functions that a session has heard of, each with a number, and the names that they use."""

from __future__ import annotations

from array import array
from typing import NamedTuple

from lamina.tracing.analysis import Analysis
from lamina.tracing.packed import bodies
from lamina.tracing.probes import is_listed
from lamina.workers.body_names import used_by

__all__ = ["KnownBodies", "Version"]


class Version(NamedTuple):
    """Where a body is: its file, the hash of what that has, its blocks, and the place among them."""

    path: str
    content: str
    analysis: Analysis
    place: int


class KnownBodies:
    """All of them, each in the first version that was heard of. There are more than tests, so of each is kept which one it is in
    which file."""

    def __init__(self) -> None:
        self.bodies = bodies()
        self._files: list[tuple[str, str, Analysis]] = []
        self._file_numbers: dict[tuple[str, str], int] = {}
        # By number: the file, the place there. By path: the numbers of the bodies at these places, -1 for one not heard of.
        self._file_of = array("l")
        self._place_of = array("l")
        self._numbers: dict[str, array[int]] = {}
        self._used: dict[int, frozenset[str]] = {}

    def number(self, version: Version) -> int:
        """Of the body at this place."""
        path, content, analysis, place = version
        numbers = self._numbers.setdefault(path, array("l"))
        if place >= len(numbers):
            numbers.extend([-1] * (len(analysis.bodies) - len(numbers)))
        if numbers[place] < 0:
            numbers[place] = len(self.bodies)
            self.bodies.take(analysis.bodies, place)
            file = self._file_numbers.setdefault((path, content), len(self._files))
            if file == len(self._files):
                self._files.append((path, content, analysis))
            self._file_of.append(file)
            self._place_of.append(place)
        return numbers[place]

    def version(self, number: int) -> Version:
        """Where a body is."""
        return Version(*self._files[self._file_of[number]], self._place_of[number])

    def used(self, number: int) -> frozenset[str]:
        """What a body uses, by keys as in `body_names`."""
        used = self._used.get(number)
        if used is None:
            used = used_by(self.bodies[number])
            if not self.is_test(number):
                self._used[number] = used
        return used

    def is_test(self, number: int) -> bool:
        """Whether it is asked about a few times only, and one of very many, so that nothing should be kept for it."""
        return is_listed(self.bodies[number].simple_name)

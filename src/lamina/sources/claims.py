"""Which categories could own the tests of a file: the rule by which categories divide a suite.

A test belongs to the first category, in the configuration's order, whose patterns match its file and whose marker and
keyword expressions match it; `rest` takes what no other one claimed and its own `exclude_patterns` do not refuse.
Expressions can only be asked of collected tests, so this gives candidates, up to the first that owns all that is left.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from lamina.sources.patterns import Patterns

__all__ = ["Claimant", "candidates"]


class Claimant:
    """One category's claim. `conditional`: it asks for markers or keywords, so it may leave tests of a file to
    others."""

    def __init__(self, name: str, filters: Mapping[str, Any]) -> None:
        self.name = name
        self.rest: bool = filters["rest"]
        self.conditional = bool(filters["markers"] or filters["keywords"])
        self._anywhere = not filters["include_patterns"]
        self._includes = Patterns(filters["include_patterns"])
        self._excludes = Patterns(filters["exclude_patterns"])

    def excludes(self, path: str) -> bool:
        """Whether it refuses the file, relative to the root."""
        return self._excludes.match(path)

    def reaches(self, path: str) -> bool:
        """Whether a test of the file could be its own."""
        if self.excludes(path):
            return False
        return self.conditional if self._anywhere else self._includes.match(path)


Kind = TypeVar("Kind", bound=Claimant)


def candidates(claimants: Sequence[Kind], path: str) -> list[Kind]:
    """The claimants that could own tests of the file, in order."""
    found = []
    for claimant in claimants:
        if claimant.reaches(path):
            found.append(claimant)
            if not claimant.conditional:
                return found
    found.extend(claimant for claimant in claimants if claimant.rest and not claimant.excludes(path))
    return found

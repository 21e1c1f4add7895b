"""Which modules are there before others: what one imports at its top is there before anything of its own is."""

from __future__ import annotations

from collections import defaultdict
from functools import cache, cached_property

from lamina.cache.differences import module_keys
from lamina.cache.present import Present
from lamina.tracing.analysis import Analysis
from lamina.tracing.closure import closure

__all__ = ["Order"]


class Order:
    """Is told of every module once, before it is asked."""

    def __init__(self, present: Present) -> None:
        self._present = present
        # By a module: the names that it imports at its top, and those that its functions do.
        self._imports: dict[str, tuple[tuple[str, ...], set[str]]] = {}
        self._before = cache(self._find_before)

    def take(self, path: str, analysis: Analysis) -> None:
        """A module."""
        later = {name for body in analysis.bodies for name in body.imports}
        self._imports[path] = (analysis.imports, later)

    def is_before(self, path: str, other: str) -> bool:
        """Whether the module at `path` is there before the one at `other` defines anything: that imports it, maybe by way of
        further ones, and is imported by none of those in turn."""
        return path in self._before(other)

    def _find_before(self, other: str) -> frozenset[str]:
        found = closure([other], self._down)
        above = closure([other], self._up) if len(found) > 1 else found
        return frozenset(found - above)

    @cached_property
    def _down(self) -> dict[str, set[str]]:
        return {path: self._files(path, imports) for path, (imports, _) in self._imports.items()}

    @cached_property
    def _up(self) -> dict[str, set[str]]:
        importers: dict[str, set[str]] = defaultdict(set)
        for path, (_, later) in self._imports.items():
            for file in self._down[path] | self._files(path, later):
                importers[file].add(path)
        return importers

    def _files(self, path: str, imports: tuple[str, ...] | set[str]) -> set[str]:
        return {file for name in imports for key in module_keys(name, path) for file in self._present.module_files(key)}

"""Modules that can no longer be imported: one that needs a name while it is imported which another has no more.

Who has both in reach fails, whether or not it mentions the name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pyroaring import BitMap

from lamina.cache.differences import Change
from lamina.tracing.blocks import Analysis

__all__ = ["Breaking"]


class Breaking:
    """`modules` are the items that stand for versions of each module, by path."""

    def __init__(self, modules: Mapping[str, BitMap], analysis_now: Callable[[str], Analysis | None]) -> None:
        self._modules = modules
        self._analysis_now = analysis_now
        self._needed: dict[str, list[str]] = {}
        self._known: dict[Change, tuple[BitMap, list[tuple[str, BitMap]]]] = {}

    def by(self, change: Change, *used: BitMap) -> Iterator[str]:
        """The names that are gone with a change and that a module among the `used` items still needs."""
        if not change.gone:
            return
        if change not in self._known:
            needed = self._read()
            found = [(name, self._modules[path]) for name in sorted(change.gone) for path in needed.get(name, ())]
            self._known[change] = BitMap().union(*(modules for _, modules in found)), found
        together, found = self._known[change]
        if any(items.intersect(together) for items in used):
            for name, modules in found:
                if any(items.intersect(modules) for items in used):
                    yield name

    def _read(self) -> dict[str, list[str]]:
        """The modules that need a name from elsewhere while they are imported, by name."""
        if not self._needed:
            for path in self._modules:
                analysis = self._analysis_now(path)
                for name in _needed(analysis) if analysis is not None else ():
                    self._needed.setdefault(name, []).append(path)
        return self._needed


def _needed(analysis: Analysis) -> set[str]:
    own = {definition.name for definition in analysis.definitions}
    mentioned = {name for definition in analysis.definitions for name in definition.mentions}
    imported = {name.rpartition(".")[2] for name in analysis.imports}
    return (mentioned | set(analysis.effect_mentions)) - own | imported

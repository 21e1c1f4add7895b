"""Modules that can no longer be imported: one that needs a name while it is imported which another has no more.

Who has both in reach fails, whether or not it mentions the name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pyroaring import BitMap

from lamina.cache.differences import Change
from lamina.tracing.analysis import Analysis
from lamina.tracing.reading import OWN

__all__ = ["Breaking"]


class Breaking:
    """`modules` are the items that stand for versions of each module, by path."""

    def __init__(self, modules: Mapping[str, BitMap], analysis_now: Callable[[str], Analysis | None]) -> None:
        self._modules = modules
        self._analysis_now = analysis_now
        # By name: the modules that need it, and the last part of the module that each imports it from; None if it does not.
        self._needed: dict[str, list[tuple[str, str | None]]] = {}
        self._known: dict[Change, tuple[BitMap, list[tuple[str, BitMap]]]] = {}

    def by(self, change: Change, *used: BitMap) -> Iterator[str]:
        """The names that are gone with a change and that a module among the `used` items still needs."""
        if not change.gone:
            return
        if change not in self._known:
            own = [change.path] if _makes_up_own_names(self._analysis_now(change.path)) else []
            found = [
                (name, self._modules[path])
                for name in sorted(change.gone)
                for path in (*own, *self._needing(name, change.path))
            ]
            self._known[change] = BitMap().union(*(modules for _, modules in found)), found
        together, found = self._known[change]
        if any(items.intersect(together) for items in used):
            for name, modules in found:
                if any(items.intersect(modules) for items in used):
                    yield name

    def _needing(self, name: str, path: str) -> list[str]:
        """The modules that need a name of the module at `path` while they are imported."""
        if not self._needed:
            for user in self._modules:
                analysis = self._analysis_now(user)
                for needed, source in _needed(analysis) if analysis is not None else ():
                    self._needed.setdefault(needed, []).append((user, source))
        places = {"", path.removesuffix("/__init__.py").rpartition("/")[2].removesuffix(".py")}
        return [
            user for user, source in self._needed.get(name, ()) if source is None or (user != path and source in places)
        ]


def _needed(analysis: Analysis) -> set[tuple[str, str | None]]:
    own = {definition.name for definition in analysis.definitions}
    mentioned = {name for definition in analysis.definitions for name in (*definition.mentions, *definition.hints)}
    imported = [name.split(".") for name in analysis.imports]
    parts = {part for name in imported for part in name}
    found: set[tuple[str, str | None]] = {(name[-1], name[-2]) for name in imported if len(name) > 1}
    return found | {(name, None) for name in (mentioned | set(analysis.effect_mentions)) - own - parts}


def _makes_up_own_names(analysis: Analysis | None) -> bool:
    """Whether a module needs names of its own that it makes up while it is imported."""
    made_up = [one.made_up for one in analysis.definitions] + [analysis.effect_made_up] if analysis else []
    return any(OWN in kinds for kinds in made_up)

"""The items of code that makes up names when it runs, by what these may be."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from pyroaring import BitMap

from lamina.cache.scopes import ANYWHERE, Place
from lamina.tracing.made_up import LOOKUP, LOOKUP_OWN
from lamina.tracing.reading import ANY, MEMBERS, OWN

__all__ = ["MadeUp"]


class MadeUp:
    """Items by kind (`ANY`, `OWN`, `MEMBERS`, and the two of modules that were looked through) and path of the module. `has` says
    whether a module may have a name that is defined nobody knows where."""

    def __init__(self, has: Callable[[str, str], bool]) -> None:
        self._has = has
        self._items: dict[str, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))

    def take(self, number: int, path: str, kinds: Iterable[str]) -> None:
        """An item that is in the module at `path`, or that says that all names of that module were seen."""
        for kind in kinds:
            self._items[kind][path].append(number)

    def find(
        self, found: BitMap, loud: Collection[Place], members: Collection[Place], quiet: Collection[Place]
    ) -> None:
        """Adds to `found` the items that may have come upon names that changed. `loud` are those that any code may come upon, of
        which `members` can be seen in objects; `quiet` those that only code of their own module does."""
        self._add(found, ANY, bool(loud))
        self._add(found, MEMBERS, bool(members))
        self._of_modules(found, loud, (OWN,))
        self._of_modules(found, quiet, (ANY, OWN))
        self._looked_through(found, loud, LOOKUP)
        self._looked_through(found, {*loud, *quiet}, LOOKUP_OWN)

    def _add(self, found: BitMap, kind: str, is_asked_for: bool) -> None:
        if is_asked_for:
            for items in self._items[kind].values():
                found.update(items)

    def _looked_through(self, found: BitMap, places: Collection[Place], kind: str) -> None:
        paths = {path for _, path in places}
        anywhere = {name for name, path in places if path == ANYWHERE}
        for path, items in self._items[kind].items():
            if path in paths or any(self._has(path, name) for name in anywhere):
                found.update(items)

    def _of_modules(self, found: BitMap, places: Collection[Place], kinds: Iterable[str]) -> None:
        paths = {path for _, path in places}
        for kind in kinds:
            of_kind = self._items[kind]
            for path in of_kind.keys() if ANYWHERE in paths else paths & of_kind.keys():
                found.update(of_kind[path])

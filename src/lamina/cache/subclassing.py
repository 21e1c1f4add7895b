"""Which classes may take note of the classes that are based on them: only for these is a change of a subclass one of them.

A class hears of its subclasses by `__init_subclass__` or by its metaclass, and what comes from outside of the project may do so in
any way (a model of a database, say). A class that is only based on such as do not is deaf, those of the standard library being so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from lamina.cache.scopes import Scopes
from lamina.tracing.analysis import HEARS, Definition

__all__ = ["Subclassing"]


class Subclassing:
    """Is told of every module once, before it is asked."""

    def __init__(self, scopes: Scopes) -> None:
        self._scopes = scopes
        # By a name: the bases of each class of that name.
        self._classes: dict[str, list[tuple[str, ...]]] = defaultdict(list)
        # By a name: from where it is imported, and by which module; "" for anything else of that name.
        self._others: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._known: dict[str, bool] = {}

    def take(self, path: str, definitions: Iterable[Definition]) -> None:
        """A module and all that it defines."""
        for one in definitions:
            if one.bases is not None:
                self._classes[one.name].append(one.bases)
            elif not one.is_member:
                module, _, name = one.origin.partition(":")
                self._others[one.name].add((module if name == one.name else "", path))

    def heard_by(self, bases: Iterable[str]) -> list[str]:
        """Of the names of bases, those of classes that may hear of what is based on them."""
        return [base for base in bases if base != HEARS and self.hears(base)]

    def hears(self, name: str) -> bool:
        """Whether a class of this name may hear of what is based on it, or is known to others by what makes it."""
        if name not in self._known:
            self._known[name] = False  # while its own bases are asked
            self._known[name] = (
                name not in self._classes
                or any(HEARS in bases or any(map(self.hears, bases)) for bases in self._classes[name])
                or any(not module or not self._scopes.is_own(module, path) for module, path in self._others[name])
            )
        return self._known[name]

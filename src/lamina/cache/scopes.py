"""Which modules see a name that another one defines: those that import it from there, however many modules it goes through."""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Collection, Iterable
from functools import cached_property

from lamina.cache.differences import module_keys
from lamina.cache.present import Present
from lamina.tracing.analysis import COMPUTED_EXPORTS, Definition
from lamina.tracing.reading import ANY

__all__ = ["ANYWHERE", "Place", "Scopes"]

# A name, and the path of the module in which it is defined.
Place = tuple[str, str]
# The path of what may be defined in any module.
ANYWHERE = ""
# The path of no module.
_NOWHERE = "\0"


class Scopes:
    """Is told of every module once. `defined` are the names that each defines, members of its classes among them."""

    def __init__(self, present: Present) -> None:
        self._present = present
        self.defined: dict[str, set[str]] = {}
        # What is imported: the name there, and for each importer the name here, its module, and where it is looked for.
        self._imports: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
        # By a module and a name there: from where it is imported, as in `Definition.origin`.
        self._origins: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
        # Modules with a star import: from where.
        self._stars: dict[str, list[str]] = defaultdict(list)
        self._sources: dict[tuple[str, str], frozenset[str] | None] = {}
        # By a name: modules with a star import that get it wherever it is defined.
        self._from_wherever: dict[str, frozenset[str]] = {}

    def take(self, path: str, definitions: Iterable[Definition]) -> None:
        """A module and all that it defines."""
        names = self.defined.setdefault(path, set())
        for one in definitions:
            names.add(one.name)
            if one.origin:
                self._origins[path][one.name].append(one.origin)
                module, _, name = one.origin.partition(":")
                if name == ANY:
                    self._stars[path].append(module)
                    self._imports[COMPUTED_EXPORTS].append((ANY, path, module))
                elif name:
                    self._imports[name].append((one.name, path, module))
                elif not self._is_outside(module, path):
                    for part in module.split(".")[1:]:  # looked up in the packages around it
                        self._imports[part].append((one.name, path, ""))

    def sees(self, module: str, name: str, path: str) -> bool:
        """Whether a name that `module` looks up in its globals may be what is defined in the module at `path`. What it imports
        by name is a definition of its own."""
        return path in (ANYWHERE, module) or name not in self.defined.get(module, ()) or module in self._stars

    def may_have(self, module: str, name: str) -> bool:
        """Whether a name that changed nobody knows where is one that `module` has."""
        return name in self.defined.get(module, ()) or module in self._stars

    def homes(self, name: str, path: str) -> list[Place]:
        """What the object is known by that the module at `path` has under a name: there, and where it is imported from."""
        found: list[Place] = []
        waiting = [(name, path)]
        while waiting:
            here, module = place = waiting.pop()
            if place in found:
                continue
            if here not in self.defined.get(module, ()):
                return [(name, ANYWHERE)]
            found.append(place)
            for origin in self._origins[module].get(here, ()):
                source, _, there = origin.partition(":")
                files = self._files(source, module) if there else None
                if files is not None and not files:
                    return [(name, ANYWHERE)]
                waiting += [(there, file) for file in files or ()]
        return found

    def brought(self, name: str, path: str) -> list[Place]:
        """What else is changed by importing the name from the module at `path`."""
        found = [
            (here, user) for here, user, module in self._imports.get(name, ()) if self._comes(name, path, user, module)
        ]
        found += [(name, user) for user in self._star_users(name, path) if user != path]
        return found

    def is_own(self, module: str, user: str) -> bool:
        """Whether `user` can only import the module from the project."""
        return bool(self._files(module, user))

    def is_own_module(self, name: str, path: str) -> bool:
        """Whether the module at `path` can only have a module of the project's under this name."""
        origins = self._origins[path].get(name, ())
        return bool(origins) and all(self._is_own_module(origin, path) for origin in origins)

    def _is_own_module(self, origin: str, path: str) -> bool:
        module, _, name = origin.partition(":")
        if not name:
            return self.is_own(module, path)
        return self._is_module(f"{module}{'' if module.endswith('.') else '.'}{name}", path)

    def imported_from(self, name: str, path: str) -> list[str]:
        """The modules that the module at `path` has this name from, or has under this name."""
        return [origin.partition(":")[0] for origin in self._origins[path].get(name, ())]

    def _star_users(self, name: str, path: str) -> Collection[str]:
        """The modules that get the name by a star import. A new name may come to each of them, and from there to each again,
        so who gets it from wherever is looked for once."""
        if path == ANYWHERE:
            return self._stars
        if name not in self._from_wherever:
            self._from_wherever[name] = frozenset(
                user
                for user, modules in self._stars.items()
                if any(self._comes(name, _NOWHERE, user, module) for module in modules)
            )
        return self._from_wherever[name] | self._users_by_file.get(path, frozenset())

    @cached_property
    def _users_by_file(self) -> dict[str, set[str]]:
        """Modules with a star import, by each file that it may be from. All modules are taken by then."""
        found: dict[str, set[str]] = defaultdict(set)
        for user, modules in self._stars.items():
            for module in modules:
                for file in self._files(module, user) or ():
                    found[file].add(user)
        return dict(found)

    def _comes(self, name: str, path: str, user: str, module: str) -> bool:
        """Whether `user` gets the name from `path` when it imports it from `module`."""
        if path == ANYWHERE:
            return True
        files = self._files(module, user)
        if files is None or path in files:
            return files is not None
        if name == COMPUTED_EXPORTS:
            return not files
        # A module that has no such definition may get the name from anywhere (`__getattr__`, `globals()`).
        is_defined = any(name in self.defined.get(file, ()) for file in files)
        return not is_defined and not self._is_module(f"{module}{'' if module.endswith('.') else '.'}{name}", user)

    def _files(self, module: str, user: str) -> frozenset[str] | None:
        """The project's files that the module may be; None for a module of the standard library or of what is installed."""
        key = (module, user if module.startswith(".") else "")
        if key not in self._sources:
            files = frozenset(self._present.module_files(module_keys(module, user)[-1])) if module else frozenset[str]()
            self._sources[key] = None if not files and self._is_outside(module, user) else files
        return self._sources[key]

    def _is_module(self, name: str, user: str) -> bool:
        return bool(name.strip(".")) and bool(self._present.module_files(module_keys(name, user)[-1]))

    def _is_outside(self, module: str, user: str) -> bool:
        """Whether it can't be one of the project's."""
        top = module.partition(".")[0]
        if not top or self._is_module(module, user):
            return False
        return top in sys.stdlib_module_names or self._present.is_installed(top)

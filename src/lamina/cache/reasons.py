"""Why a result is not valid: what it used, in which state that was recorded, and in which it is now."""

from __future__ import annotations

from typing import NamedTuple

from lamina.cache.present import MISSING

__all__ = ["Reason"]

# Of inputs, by the kind of their key.
_WORDS = {
    "file": "{name} changed", "exists": "{name} changed", "list": "the files in {name} changed", "env": "${name} changed",
    "import": "what {name} is imported from changed", "conftests": "another conftest.py for {name}",
    "inputs": "a file of the category's inputs changed ({name}), and it starts a program that may read them",
    "everything": "some file changed, and it starts a program that may read any", "pytest": "pytest's configuration changed",
    "surroundings": "Python or an installed distribution changed", "category": "the category's configuration changed",
    "checkout": "it uses code from outside of the project, and the checkout is another one",
    "database": "the configuration of database {name} changed", "record": "its record is incomplete",
}  # fmt: skip


class Reason(NamedTuple):
    """`kind` is an input's (see `lamina.cache.present`), or body, effects, name (a definition that is looked up by name),
    names (several of them), modules (of several modules, in words), imports, dropped (an import that is no more), or record.
    `path` is the module, `name` what is meant; for an input, `name` alone. `recorded` and `now` are fingerprints, or
    "missing". `via` is the item that mentions a changed name."""

    kind: str
    path: str
    name: str
    recorded: str = ""
    now: str = ""
    via: int = 0

    def text(self) -> str:
        """In words."""
        if self.kind in _WORDS:
            return self._of_input()
        if self.kind == "effects":
            if MISSING in (self.recorded, self.now):
                return f"{self.path} is {'new' if self.recorded == MISSING else 'gone'}"
            return f"{self.path}: statements at module level changed"
        if self.kind == "modules":
            return self.name
        if self.kind == "imports":
            return f"{self.path} imports {self.name}"
        if self.kind == "dropped":
            return f"{self.path} imports {self.name} no more"
        return f"{self.path}: {self.name.partition('#')[0]} {self.verb}"

    @property
    def verb(self) -> str:
        """What became of it."""
        if self.recorded == MISSING:
            return "is new"
        return "is gone" if self.now == MISSING else "changed"

    def turned(self) -> Reason:
        """The same difference seen from the other side."""
        kind = {"imports": "dropped", "dropped": "imports"}.get(self.kind, self.kind)
        return self._replace(kind=kind, recorded=self.now, now=self.recorded)

    def _of_input(self) -> str:
        if self.kind in ("file", "exists") and MISSING in (self.recorded, self.now):
            return f"{self.name} {self.verb}"
        name = self.name.replace("\n", ", ") if self.kind == "inputs" else self.name
        return _WORDS[self.kind].format(name=name or "the project's folder")

"""Names that belong to a function, a class or a module, while a syntax tree is read."""

from __future__ import annotations

import ast

__all__ = ["Scope", "parameters"]


class Scope:
    """Names of a function or comprehension (`local`) or of a class or module (not `local`: others can see them)."""

    __slots__ = ("around", "elsewhere", "is_comprehension", "loads", "local", "parent", "stores")

    def __init__(self, parent: Scope | None, local: bool, is_comprehension: bool = False) -> None:
        self.is_comprehension = is_comprehension
        self.parent = parent
        self.local = local
        self.loads: set[str] = set()
        self.stores: set[str] = set()
        self.elsewhere: set[str] = set()
        # Variables of a function around this one that it says it gives values.
        self.around: set[str] = set()

    def holds(self, name: str) -> bool:
        """Whether a function around this place has `name` as its own."""
        scope: Scope | None = self
        while scope is not None:
            if scope.local and name in scope.stores and name not in scope.elsewhere:
                return True
            scope = scope.parent
        return False

    def has(self, name: str) -> bool:
        """Whether the innermost function around this place has `name` as its own."""
        scope: Scope = self
        while scope.is_comprehension and scope.parent is not None and name not in scope.stores:
            scope = scope.parent
        return name in scope.stores and name not in scope.around


def parameters(arguments: ast.arguments) -> set[str]:
    """The names of a function's parameters."""
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    every += [wide for wide in (arguments.vararg, arguments.kwarg) if wide is not None]
    return {argument.arg for argument in every}

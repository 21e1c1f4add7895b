"""Which of the functions and classes whose docstrings changed are made by something that may read these: a decorator, a base.

A decorator of the project's own is looked at itself. It reads no docstring if neither it nor what it gives anything to mentions
one, and if all of these are the project's, or known to look at none.
"""

from __future__ import annotations

import ast
import builtins
from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import Any

from lamina.cache.decorating import may_be_left_out, receivers
from lamina.cache.differences import DOCS
from lamina.cache.scopes import Scopes
from lamina.cache.subclassing import Subclassing
from lamina.cache.trees import Trees
from lamina.tracing.analysis import Analysis
from lamina.tracing.docstrings import hands_docstring_on
from lamina.tracing.inert import dotted, is_inert_decorator
from lamina.tracing.module_names import assigned_names, imported
from lamina.tracing.recalling import Function

__all__ = ["Described"]

# Of the standard library: what functions are given to, and does not look at their docstrings.
_HARMLESS_MODULES = frozenset(
    {
        "abc", "asyncio", "collections", "contextlib", "copy", "dataclasses", "enum", "functools", "inspect", "itertools",
        "logging", "operator", "os", "re", "sys", "threading", "time", "types", "typing", "warnings", "weakref",
    }
)  # fmt: skip
# Methods of containers and texts.
_HARMLESS_METHODS = frozenset(
    {"add", "append", "extend", "format", "get", "insert", "join", "pop", "replace", "setdefault", "split", "update"}
)
# These look at docstrings, or give what they are given to anything.
_NOT_HARMLESS = DOCS | {"partial", "partialmethod", "reduce", "methodcaller", "starmap"}
_BUILT_IN = frozenset(dir(builtins)) - {"help", "eval", "exec", "__import__", "super", "map", "filter"}
_MAKING = frozenset({"__init__", "__new__", "__set_name__"})


class Described:
    """Is told of every module once, before it is asked."""

    def __init__(self, scopes: Scopes, subclassing: Subclassing, trees: Trees) -> None:
        self._scopes = scopes
        self._subclassing = subclassing
        self._trees = trees
        # By a name: the modules that define a function or a class of it.
        self._homes: dict[str, set[str]] = defaultdict(set)
        # By a name: what else it stands for: the module that it is imported from (or ""), and by whom.
        self._others: dict[str, set[tuple[str, str]]] = defaultdict(set)
        self._known: dict[tuple[str, int, bool], bool] = {}

    def take(self, path: str, analysis: Analysis) -> None:
        """A module and all that it defines."""
        for one in analysis.definitions:
            module, _, name = one.origin.partition(":")
            if one.origin or one.is_value:
                self._others[one.name].add((module if name == one.name else "", path))
            elif one.fingerprint:
                self._homes[one.name].add(path)

    def read(self, names: Collection[str], path: str) -> set[str]:
        """Of names in the module at `path`, those whose docstrings may be read when they are made."""
        return {node.name for node in self._trees.defined(path) if node.name in names and self._is_read(node, path)}

    def _is_read(self, node: Function | ast.ClassDef, path: str) -> bool:
        makers = [decorator for decorator in node.decorator_list if not is_inert_decorator(decorator)]
        if any(self._reads(dotted(maker), path, int(isinstance(maker, ast.Call))) for maker in makers):
            return True
        if not isinstance(node, ast.ClassDef):
            return False
        outside = imported(self._trees.of(path))[0]
        bases = [dotted(base) for base in node.bases if dotted(base).partition(".")[0] not in outside]
        return bool(node.keywords) or any(self._subclassing.hears(base.rpartition(".")[2]) for base in bases)

    # -- decorators --------------------------------------------------------------------------------------------------

    def _reads(self, name: str, path: str, depth: int, is_decorator: bool = True) -> bool:
        """Whether what the module at `path` has under a dotted name may read the docstring of a function that it is given, or
        that is given to what it returns (`depth` 1): as a decorator, or among its arguments."""
        root, _, rest = name.partition(".")
        last = name.rpartition(".")[2]
        if self._is_harmless(root, rest, last, path, depth):
            return False
        if rest and not self._scopes.is_own_module(root, path):
            return True  # a method, of an object that may be anything
        key = (last, depth, is_decorator)
        if key not in self._known:
            self._known[key] = False  # while what it calls is asked
            self._known[key] = any(
                self._may_read(function, home, depth, skipped, is_decorator)
                for home in self._homes.get(last, ())
                for function, skipped in self._run_by(last, home, depth)
            ) or any(self._reads_otherwise(*other, key) for other in self._meanings(last, path))
        return self._known[key]

    def _is_harmless(self, root: str, rest: str, last: str, path: str, depth: int) -> bool:
        """Whether it is known not to look at docstrings."""
        modules = self._scopes.imported_from(root, path)
        if modules:
            return (
                all(module.partition(".")[0] in _HARMLESS_MODULES for module in modules) and last not in _NOT_HARMLESS
            )
        if rest and last in _HARMLESS_METHODS:
            return True
        return not depth and root in _BUILT_IN and root not in self._scopes.defined.get(path, ())

    def _meanings(self, name: str, path: str) -> Collection[tuple[str, str]]:
        """What a name stands for that is no function or class: in the module at `path`, where nobody says what it is."""
        others = self._others.get(name, set())
        is_said = name in self._homes or any(not module for module, _ in others)
        return others if is_said else {*others, ("", path)}

    def _reads_otherwise(self, module: str, path: str, key: tuple[str, int, bool]) -> bool:
        """Of a name that is imported from a module, or (without one) stands for something else."""
        if module:
            return not self._scopes.is_own(module, path)
        values = self._trees.values(path, key[0])
        return not values or any(
            not isinstance(value, ast.Name) or self._reads(value.id, path, *key[1:]) for value in values
        )

    def _run_by(self, name: str, path: str, depth: int) -> Iterator[tuple[Any, int]]:
        """The functions of this name, and what making an object of a class of this name runs, or calling it: each with the number
        of arguments that stand before the decorated function. None for what can't be looked at."""
        for node in self._trees.defined(path):
            if node.name != name:
                continue
            if not isinstance(node, ast.ClassDef):
                yield node, 0
                continue
            yield from ((one, 1) for one in self._run_by_class(node, depth))

    def _run_by_class(self, node: ast.ClassDef, depth: int) -> Iterator[Any]:
        methods = {one.name: one for one in node.body if isinstance(one, Function)}
        yield from (one for name, one in methods.items() if name in _MAKING)
        if node.bases or node.keywords:
            yield None
        # What `__new__` makes when it is not given the function yet is none of its objects.
        is_called = depth and not ("__new__" in methods and may_be_left_out(methods["__new__"], 1))
        if is_called and any("__call__" in assigned_names(one) for one in node.body):
            yield None
        elif is_called and "__call__" in methods:
            yield methods["__call__"]
        if any(name in assigned_names(one) for one in node.body for name in _MAKING):
            yield None

    def _may_read(self, function: Any, path: str, depth: int, skipped: int, is_decorator: bool) -> bool:
        if function is None or _looks_at_docstrings(function):
            return True
        level = 0 if skipped and function.name == "__call__" else depth
        given = receivers(function, level, skipped, is_decorator)
        return any(self._reads(one.name, path, one.depth, one.is_decorator) for one in given)


def _looks_at_docstrings(function: ast.AST) -> bool:
    handed = {
        id(node.value) for node in ast.walk(function) if isinstance(node, ast.Assign) and hands_docstring_on(node)
    }
    names = (
        node.id if isinstance(node, ast.Name) else node.attr
        for node in ast.walk(function)
        if isinstance(node, (ast.Name, ast.Attribute)) and type(node.ctx) is ast.Load and id(node) not in handed
    )
    return not DOCS.isdisjoint(names)

"""Syntax trees of modules as they are now, for what is not on record of them. Each is made when it is asked for, and once."""

from __future__ import annotations

import ast
from collections.abc import Callable, Container
from typing import Any

from lamina.tracing.in_place import OF_CONTAINERS
from lamina.tracing.inert import dotted
from lamina.tracing.module_names import DEFINING

__all__ = ["Trees"]


class Trees:
    """By the paths of modules; `source` gives the text of one."""

    def __init__(self, source: Callable[[str], bytes | None]) -> None:
        self._source = source
        self._trees: dict[str, ast.Module] = {}
        self._defined: dict[str, list[Any]] = {}

    def of(self, path: str) -> ast.Module:
        """The tree; an empty one where there is no such file, or it can't be parsed."""
        if path not in self._trees:
            try:
                self._trees[path] = ast.parse(self._source(path) or b"")
            except (SyntaxError, ValueError, RecursionError):
                self._trees[path] = ast.Module([], [])
        return self._trees[path]

    def defined(self, path: str) -> list[Any]:
        """All functions and classes in the module, as nodes."""
        if path not in self._defined:
            self._defined[path] = [node for node in ast.walk(self.of(path)) if isinstance(node, DEFINING)]
        return self._defined[path]

    def values(self, path: str, name: str) -> list[ast.expr]:
        """What a variable of the module is given, wherever that is done."""
        return [
            node.value
            for node in ast.walk(self.of(path))
            if isinstance(node, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in node.targets)
        ]

    def called(self, path: str, name: str, bare: Container[str] = ()) -> set[str]:
        """The simple names of what functions of this name in the module call, are decorated with, or hand on to be called: of the
        last, those that are attributes. Methods by the name of one that containers have are left out, unless they are those of a
        class or of a global variable, of which `bare` are the names: what they change is known by what they are called of."""
        return {
            dotted(called).rpartition(".")[2]
            for function in self.defined(path)
            if function.name == name and not isinstance(function, ast.ClassDef)
            for node in ast.walk(function)
            for called in _called(node, bare)
        }


def _called(node: ast.AST, bare: Container[str]) -> list[ast.expr]:
    if isinstance(node, ast.Call):
        handed: list[ast.expr] = [part for part in _given(node) if isinstance(part, ast.Attribute)]
        return handed if _is_of_container(node.func, bare) else [node.func, *handed]
    if isinstance(node, ast.Return) and isinstance(node.value, ast.Attribute):
        return [node.value]
    return list(getattr(node, "decorator_list", ()))


def _is_of_container(called: ast.expr, bare: Container[str]) -> bool:
    if not isinstance(called, ast.Attribute) or called.attr not in OF_CONTAINERS:
        return False
    root = dotted(called).partition(".")[0]
    return root != "cls" and root not in bare


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]

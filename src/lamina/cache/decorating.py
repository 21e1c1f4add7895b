"""What a decorator gives the function to that it is put on, read from its source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from lamina.tracing.inert import dotted
from lamina.tracing.module_names import DEFINING
from lamina.tracing.recalling import Function

__all__ = ["Receiver", "may_be_left_out", "receivers"]

_CALLABLE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)


class Receiver(NamedTuple):
    """What is given the function: by its dotted name, itself (`depth` 0) or what it returns when it is called (1, as in
    `command()(function)`); as a decorator is, or somewhere among its arguments."""

    name: str
    depth: int
    is_decorator: bool


def receivers(function: Function, depth: int, skipped: int, is_decorator: bool = True) -> list[Receiver]:
    """What `function` calls with the decorated function, or with what it made of that.

    The decorated function is the argument behind the first `skipped` ones (a method's object) of `function` itself, or of the
    functions in it that it returns, as `depth` is 0 or 1. An argument that may be left out (`function=None`) may be it as well.
    What is no decorator may be given it as any of its arguments."""
    held = {
        name
        for inner in _at(function, depth)
        for name in _arguments(inner, skipped if inner is function else 0, is_decorator)
    }
    if depth and may_be_left_out(function, skipped):
        held.update(_arguments(function, skipped, is_decorator))
    held |= {inner.name for inner in ast.walk(function) if isinstance(inner, DEFINING) and inner is not function}
    while found := {name for name in _assigned(function, held) if name not in held}:
        held |= found
    names = []
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and any(_holds(part, held) for part in (*node.args, *node.keywords)):
            is_returned = isinstance(node.func, ast.Call)
            is_first = not any(_holds(part, held) for part in (*node.args[1:], *node.keywords))
            names.append(Receiver(dotted(node.func), int(is_returned), is_decorator=is_first))
        elif isinstance(node, DEFINING) and node is not function:
            names += map(_decorator, node.decorator_list)
    return names + ([] if not depth else _returned(function, held, is_method=bool(skipped)))


def _returned(function: ast.AST, held: set[str], is_method: bool) -> list[Receiver]:
    """What it returns to be called with the decorated function, apart from functions in it. (A class's method returns its object,
    which is looked at as such.)"""
    names = []
    for node in _within(function):
        value = node.value if isinstance(node, ast.Return) else None
        if isinstance(value, ast.Call) and dotted(value).rpartition(".")[2] == "partial" and value.args:
            names.append(_decorator(value.args[0]))
        elif isinstance(value, ast.Call) and not is_method:
            names.append(Receiver(dotted(value), 1, is_decorator=True))
        elif isinstance(value, (ast.Name, ast.Attribute)) and not is_method and not _holds(value, held):
            names.append(Receiver(dotted(value), 0, is_decorator=True))
    return names


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes below, but for those in functions and classes there."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, (*_CALLABLE, ast.ClassDef)):
            yield child
            yield from _within(child)


def _decorator(named: ast.expr) -> Receiver:
    return Receiver(dotted(named), int(isinstance(named, ast.Call)), is_decorator=True)


def _at(function: ast.AST, depth: int) -> list[ast.AST]:
    """The functions so many levels below."""
    level = [function]
    for _ in range(depth):
        level = [inner for outer in level for inner in _directly_in(outer)]
    return level


def _directly_in(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, _CALLABLE):
            yield child
        else:
            yield from _directly_in(child)


def may_be_left_out(function: ast.AST, skipped: int) -> bool:
    """Whether the first argument behind so many ones has a default: the function may be given later."""
    arguments: ast.arguments = function.args  # type: ignore[attr-defined]
    return 0 < len(arguments.posonlyargs) + len(arguments.args) - skipped <= len(arguments.defaults)


def _arguments(function: ast.AST, skipped: int, is_decorator: bool) -> list[str]:
    """The first argument, if there is one: all that stand by their place where these are taken together. Of what is no decorator
    all arguments."""
    arguments: ast.arguments = function.args  # type: ignore[attr-defined]
    by_place = [*arguments.posonlyargs, *arguments.args]
    if is_decorator:
        wide = [arguments.vararg] if len(by_place) <= skipped else []
        found = [*by_place[skipped : skipped + 1], *wide]
    else:
        found = [*by_place[skipped:], *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return [argument.arg for argument in found if argument is not None]


def _assigned(function: ast.AST, held: set[str]) -> Iterator[str]:
    """Variables and attributes (with a dot in front) that are given something that holds one of these."""
    for node in ast.walk(function):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            if _holds(node.value, held):
                for target in node.targets if isinstance(node, ast.Assign) else (node.target,):
                    yield from _names_in(target)
        elif isinstance(node, (ast.For, ast.AsyncFor)) and _holds(node.iter, held):
            yield from _names_in(node.target)


def _names_in(target: ast.expr) -> Iterator[str]:
    for node in ast.walk(target):
        if isinstance(node, ast.Name) and type(node.ctx) is ast.Store:
            yield node.id
        elif isinstance(node, ast.Attribute) and type(node.ctx) is ast.Store:
            yield f".{node.attr}"


def _holds(node: ast.AST, held: set[str]) -> bool:
    """Whether the value of an expression may be one of these, or have it in it."""
    if isinstance(node, ast.Name):
        return node.id in held
    if isinstance(node, ast.Attribute):  # what a function has in `__name__` and the like says nothing of its docstring
        is_special = node.attr.startswith("__") and node.attr not in ("__wrapped__", "__func__")
        return f".{node.attr}" in held or (not is_special and _holds(node.value, held))
    if isinstance(node, ast.Call):
        return any(_holds(part, held) for part in (*node.args, *node.keywords))
    return any(_holds(child, held) for child in ast.iter_child_nodes(node))

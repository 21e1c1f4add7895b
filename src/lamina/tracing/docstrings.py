"""Code that hands a docstring on without looking at it: to another `__doc__`, or to an attribute that is there to keep it.

A decorator that does that (`self._doc = function.__doc__`) runs while a module is imported, which every test has in reach;
who really reads the docstring reads the attribute later.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lamina.tracing.recalling import Function
from lamina.tracing.walking import walk

__all__ = ["hands_docstring_on", "keeping_docstrings", "tellers"]


def keeping_docstrings(tree: ast.Module, source: bytes) -> frozenset[str]:
    """The private attributes that code of a module keeps docstrings in. `source` is what the tree was parsed from."""
    if b"__doc__" not in source:
        return frozenset()
    return frozenset(
        target.attr
        for node in walk(tree)
        if isinstance(node, ast.Assign) and hands_docstring_on(node)
        for target in node.targets
        if isinstance(target, ast.Attribute) and target.attr != "__doc__"
    )


def tellers(tree: ast.Module) -> frozenset[int]:
    """Methods, as `id` of their nodes, that give what is kept to who asks for `__doc__`: a property of that name, and the private
    methods that it calls. They read nothing for themselves."""
    found: set[int] = set()
    for outer in walk(tree):
        if isinstance(outer, ast.ClassDef):
            methods = [node for node in outer.body if isinstance(node, Function)]
            telling = [method for method in methods if method.name == "__doc__"]
            called = {name for method in telling for name in _own_methods_called(method)}
            found.update(id(method) for method in methods if method in telling or method.name in called)
    return frozenset(found)


def _own_methods_called(method: ast.AST) -> Iterator[str]:
    for node in walk(method):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr.startswith("_"):
            yield node.func.attr


def hands_docstring_on(node: ast.Assign) -> bool:
    """Whether an assignment does nothing but that: `a.__doc__ = b.__doc__` or `self._doc = b.__doc__`. What others may look at
    (a public attribute, a variable) is no such place."""
    return isinstance(node.value, ast.Attribute) and node.value.attr == "__doc__" and all(map(_is_place, node.targets))


def _is_place(target: ast.expr) -> bool:
    if not isinstance(target, ast.Attribute):
        return False
    return target.attr == "__doc__" or (target.attr.startswith("_") and not target.attr.startswith("__"))

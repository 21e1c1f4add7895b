"""Where code makes up names at run time, and which of these places can tell the names when they are run.

    getattr(thing, name)      getattr(thing, __lamina_name__(name))
    thing.__dict__            __lamina_object__(thing).__dict__
    exec(text, names)         exec(__lamina_text__(text), names)

What is called there notes something and gives its argument back, so there is no frame of it when anything happens. In an `assert`
nothing is put: pytest shows the expressions of it. The functions are found through the builtins, as the probes' lists are.
"""

from __future__ import annotations

import ast
from typing import Any

__all__ = ["LOOKUP", "LOOKUP_OWN", "MENTION", "NAME", "OBJECT", "TEXT", "noted", "put_note"]

NAME, OBJECT, TEXT = "__lamina_name__", "__lamina_object__", "__lamina_text__"
# Kinds of what is noted: a name that was looked up; a module of which all names were seen, by code elsewhere or by its own.
MENTION, LOOKUP, LOOKUP_OWN = "mention", "lookup", "lookup_own"
# Which argument of a call is noted, and as what.
_CALLS = {
    "getattr": (1, NAME), "hasattr": (1, NAME), "delattr": (1, NAME), "vars": (0, OBJECT), "dir": (0, OBJECT), "eval": (0, TEXT),
    "exec": (0, TEXT), "getmembers": (0, OBJECT),
}  # fmt: skip
_METHODS = {"getfixturevalue": (0, NAME), "getmembers": (0, OBJECT)}


def noted(node: ast.AST) -> str:
    """What is noted where the node is evaluated; empty for a place that can't be noted, or makes up nothing."""
    if isinstance(node, ast.Attribute):
        return OBJECT if node.attr == "__dict__" and isinstance(node.ctx, ast.Load) else ""
    found = _argument(node)
    return found[1] if found else ""


def put_note(node: ast.AST) -> None:
    """Changes the node, if it is one of these places."""
    if isinstance(node, ast.Attribute):
        if noted(node):
            node.value = _note(OBJECT, node.value)
    elif found := _argument(node):
        position, kind = found
        assert isinstance(node, ast.Call)
        node.args[position] = _note(kind, node.args[position])


def _argument(node: ast.AST) -> tuple[int, str] | None:
    if not isinstance(node, ast.Call):
        return None
    function = node.func
    known = _CALLS.get(function.id) if isinstance(function, ast.Name) else None
    if isinstance(function, ast.Attribute):
        known = _METHODS.get(function.attr)
    if known is None or len(node.args) <= known[0]:
        return None
    given = node.args[: known[0] + 1]
    if any(isinstance(argument, ast.Starred) for argument in given):
        return None
    return None if isinstance(given[-1], ast.Constant) and known[1] == NAME else known


def _note(function: str, value: Any) -> ast.Call:
    call = ast.Call(ast.Name(function, ast.Load()), [value], [])
    for node in (call, call.func):
        ast.copy_location(node, value)
    return call

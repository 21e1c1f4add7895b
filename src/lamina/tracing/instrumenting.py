"""Puts probes and notes into a module's syntax tree, in one pass over it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lamina.tracing.made_up import put_note
from lamina.tracing.probes import into_function, into_lambda

__all__ = ["instrument"]

# Never in anybody's way: nodes that have no fields.
_LEAVES = (ast.expr_context, ast.boolop, ast.operator, ast.unaryop, ast.cmpop)


def instrument(tree: ast.Module, functions: Sequence[ast.FunctionDef | ast.AsyncFunctionDef], name: str) -> None:
    """Changes `tree`: a probe of its own number for each of `functions`, with all that is nested in it, in the list `name`; a note
    wherever code makes up names, but for assertions, which pytest shows."""
    numbers = {id(function): number for number, function in enumerate(functions)}
    waiting: list[tuple[ast.AST, int, bool]] = [(tree, -1, True)]
    while waiting:
        node, number, notes = waiting.pop()
        kind = type(node)
        if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
            number = numbers.get(id(node), number)
        elif kind is ast.Assert:
            notes = False
        # Before the node is changed: what is put in is not looked at.
        for value in vars(node).values():
            if type(value) is list:
                waiting += [(one, number, notes) for one in value if isinstance(one, ast.AST)]
            elif isinstance(value, ast.AST) and not isinstance(value, _LEAVES):
                waiting.append((value, number, notes))
        if number >= 0:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                into_function(node, name, number)
            elif isinstance(node, ast.Lambda):
                into_lambda(node, name, number)
        if notes and (kind is ast.Call or kind is ast.Attribute):
            put_note(node)

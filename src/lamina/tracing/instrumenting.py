"""Puts probes and notes into a module's syntax tree, in one pass over it."""

from __future__ import annotations

import ast
from collections.abc import Sequence

from lamina.tracing.made_up import put_note
from lamina.tracing.probes import Probe, probe_of
from lamina.tracing.walking import children

__all__ = ["instrument"]


def instrument(tree: ast.Module, functions: Sequence[ast.FunctionDef | ast.AsyncFunctionDef], name: str) -> None:
    """Changes `tree`: a probe of its own for each of `functions`, with all that is nested in it, by the module's `name`; a note
    wherever code makes up names, but for assertions, which pytest shows."""
    probes = {id(function): probe_of(name, number, function.name) for number, function in enumerate(functions)}
    waiting: list[tuple[ast.AST, Probe | None, bool]] = [(tree, None, True)]
    while waiting:
        node, probe, notes = waiting.pop()
        kind = type(node)
        if kind is ast.FunctionDef or kind is ast.AsyncFunctionDef:
            probe = probes.get(id(node), probe)
        elif kind is ast.Assert:
            notes = False
        # Before the node is changed: what is put in is not looked at.
        waiting += [(one, probe, notes) for one in children(node)]
        if probe is not None:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                probe.into_function(node)
            elif isinstance(node, ast.Lambda):
                probe.into_lambda(node)
        if notes and (kind is ast.Call or kind is ast.Attribute):
            put_note(node)

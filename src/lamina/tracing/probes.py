"""Puts probes into a module: at the head of each function, one test of a variable, which calls what is in it once.

    def area(self):
        if __lamina_1f2e3d4c_7__ is not None: __lamina_1f2e3d4c_7__()
        return self.width * self.height

It holds a callable that notes the block and puts None in its own place, until it is armed again for the next test. The variable
is found through the builtins, since a function may be made anew with other globals; its name ends in two underscores, so that it
is not mangled inside a class. Tests, of which there may be 100,000 and each runs once, have elements of a list there
instead, one for each module, and call the same with their numbers. Nested functions and lambdas belong to the block around
them.
"""

from __future__ import annotations

import ast
from typing import NamedTuple

from xxhash import xxh3_64_hexdigest

from lamina.tracing.reading import without_docstring
from lamina.tracing.walking import walk

__all__ = ["VERSION", "Probe", "is_listed", "list_name", "probe_of"]

# Part of the name under which code with probes is kept.
VERSION = 36


def list_name(path: str, content: str) -> str:
    """The name of a module's list; `path` is relative to the project's root, `content` the hash of its source."""
    return f"__lamina_{xxh3_64_hexdigest(f'{path} {content}'.encode('utf-8', 'surrogatepass'))}__"


def is_listed(function: str) -> bool:
    """Whether a body of this simple name has an element of the list, and no variable."""
    return function.startswith("test")


def probe_of(module: str, number: int, function: str) -> Probe:
    """Of a body by its number and simple name; `module` is the name of its module's list."""
    if is_listed(function):
        return Probe(module, number, is_listed=True)
    return Probe(f"{module[:-2]}_{number}__", number, is_listed=False)


class Probe(NamedTuple):
    """That of the body with this number, in the list or the variable `name`."""

    name: str
    number: int
    is_listed: bool

    def into_function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        """Changes the function: its probe comes first, behind the docstring."""
        documented = len(node.body) - len(without_docstring(node.body))
        place = node.body[min(documented, len(node.body) - 1)]
        probe = ast.If(test=self._armed(), body=[ast.Expr(self._call())], orelse=[])
        _locate(probe, place)
        node.body.insert(documented, probe)

    def into_lambda(self, node: ast.Lambda) -> None:
        """Likewise."""
        # The call returns None, so that the value is that of the lambda's own body.
        probe = ast.BoolOp(ast.And(), [self._armed(), self._call()])
        body = ast.BoolOp(ast.Or(), [probe, node.body])
        _locate(probe, node.body)
        ast.copy_location(body, node.body)
        node.body = body

    def _element(self) -> ast.expr:
        name = ast.Name(self.name, ast.Load())
        return ast.Subscript(name, ast.Constant(self.number), ast.Load()) if self.is_listed else name

    def _armed(self) -> ast.Compare:
        return ast.Compare(self._element(), [ast.IsNot()], [ast.Constant(None)])

    def _call(self) -> ast.Call:
        # What is in the list is one for all of its elements.
        return ast.Call(self._element(), [ast.Constant(self.number)] if self.is_listed else [], [])


def _locate(probe: ast.AST, place: ast.AST) -> None:
    """Everything of the probe at the start of `place`: no line of its own for tracebacks and coverage."""
    line, column = place.lineno, place.col_offset  # type: ignore[attr-defined]
    for node in walk(probe):
        if isinstance(node, (ast.expr, ast.stmt)):
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = column

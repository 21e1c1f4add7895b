"""Puts probes into a module: at the head of each function, one test of a list's element, which calls it once.

    def area(self):
        if __lamina_1f2e3d4c__[7] is not None: __lamina_1f2e3d4c__[7]()
        return self.width * self.height

The element is a callable that notes the block and puts None in its own place, until it is armed again for the next test.
The list is found through the builtins, since a function may be made anew with other globals; its name ends in two
underscores, so that it is not mangled inside a class. Nested functions and lambdas belong to the block around them.
"""

from __future__ import annotations

import ast

from xxhash import xxh3_64_hexdigest

from lamina.tracing.reading import without_docstring

__all__ = ["VERSION", "into_function", "into_lambda", "list_name"]

# Part of the name under which code with probes is kept.
VERSION = 28


def list_name(path: str, content: str) -> str:
    """The name of a module's list; `path` is relative to the project's root, `content` the hash of its source."""
    return f"__lamina_{xxh3_64_hexdigest(f'{path} {content}'.encode('utf-8', 'surrogatepass'))}__"


def into_function(node: ast.FunctionDef | ast.AsyncFunctionDef, name: str, number: int) -> None:
    """Changes the function: its probe comes first, behind the docstring."""
    documented = len(node.body) - len(without_docstring(node.body))
    place = node.body[min(documented, len(node.body) - 1)]
    probe = ast.If(test=_armed(name, number), body=[ast.Expr(_call(name, number))], orelse=[])
    _locate(probe, place)
    node.body.insert(documented, probe)


def into_lambda(node: ast.Lambda, name: str, number: int) -> None:
    """Likewise."""
    # The call returns None, so that the value is that of the lambda's own body.
    probe = ast.BoolOp(ast.And(), [_armed(name, number), _call(name, number)])
    body = ast.BoolOp(ast.Or(), [probe, node.body])
    _locate(probe, node.body)
    ast.copy_location(body, node.body)
    node.body = body


def _element(name: str, number: int) -> ast.Subscript:
    return ast.Subscript(ast.Name(name, ast.Load()), ast.Constant(number), ast.Load())


def _armed(name: str, number: int) -> ast.Compare:
    return ast.Compare(_element(name, number), [ast.IsNot()], [ast.Constant(None)])


def _call(name: str, number: int) -> ast.Call:
    return ast.Call(_element(name, number), [], [])


def _locate(probe: ast.AST, place: ast.AST) -> None:
    """Everything of the probe at the start of `place`: no line of its own for tracebacks and coverage."""
    line, column = place.lineno, place.col_offset  # type: ignore[attr-defined]
    for node in ast.walk(probe):
        if isinstance(node, (ast.expr, ast.stmt)):
            node.lineno = node.end_lineno = line
            node.col_offset = node.end_col_offset = column

"""Whether a function may do less for what it has kept in an attribute or a global variable: it has to look at that first.

Looking is what decides: not when the function has given it a value in any case before (`self.response = answer(); ...;
return self.response`), nor when it only hands it on to another attribute (`self.number = Field.counter`).
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

__all__ = ["Function", "recalls"]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def recalls(function: Function, name: str, is_variable: bool) -> bool:
    """Whether it looks at the attributes of this name, some of which it sets, before it has surely set them; or at the global
    variable, if it is one."""
    if is_variable and any(isinstance(node, ast.Name) and _is_look(node, node.id, name) for node in ast.walk(function)):
        return True
    settled = ""
    places = {place for statement in function.body for place in _set_in(statement, name)}
    for statement in function.body:
        if any(place == "?" or place != settled for place in _looked_at(statement, name)):
            return True
        if isinstance(statement, ast.Assign) and len(places) == 1:
            settled = next((root for target in statement.targets for root in _set_in(target, name)), settled)
    return False


def _looked_at(statement: ast.AST, name: str) -> Iterator[str]:
    """What each such attribute is looked at of."""
    copied = {id(part) for node in ast.walk(statement) for part in _copied(node)}
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and _is_look(node, node.attr, name) and id(node) not in copied:
            yield _root(node)


def _set_in(statement: ast.AST, name: str) -> Iterator[str]:
    """What each such attribute is set of."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and type(node.ctx) is not ast.Load and node.attr == name:
            yield _root(node)


def _is_look(node: ast.Attribute | ast.Name, name: str, wanted: str) -> bool:
    return name == wanted and type(node.ctx) is ast.Load


def _copied(node: ast.AST) -> Iterable[ast.AST]:
    """What is only given to other attributes."""
    if isinstance(node, ast.Assign) and all(isinstance(target, ast.Attribute) for target in node.targets):
        return [node.value]
    return []


def _root(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else "?"

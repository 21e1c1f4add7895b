"""Whether a function may do less for what is kept in an attribute or a global variable: it has to look at that first.

Looking is what decides: not when the function has given it a value in any case before (`self.response = answer(); ...;
return self.response`), nor when it only hands it on to another attribute (`self.number = Field.counter`).
"""

from __future__ import annotations

import ast
from collections.abc import Container, Iterator

__all__ = ["Function", "deciding", "first_argument", "recalls"]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def deciding(function: Function, globals_: Container[str]) -> set[str]:
    """What decides what it does: global variables (of these names) and attributes of these and of the class, and with a dot in
    front attributes of the object whose method it is. Looked for in conditions, in what is tried, and in what local variables
    in these stand for."""
    its_object = first_argument(function)
    values: dict[str, list[ast.AST]] = {}
    waiting: list[ast.AST] = []
    for node in ast.walk(function):
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else (node.target,):
                if isinstance(target, ast.Name):
                    values.setdefault(target.id, []).append(node.value)
        waiting += _conditions(node)
    found: set[str] = set()
    while waiting:
        for node in ast.walk(waiting.pop()):
            if isinstance(node, ast.Name) and type(node.ctx) is ast.Load:
                if node.id in globals_:
                    found.add(node.id)
                waiting += values.pop(node.id, ())
            elif isinstance(node, ast.Attribute):
                root = _first(node)
                if root == "cls" or root in globals_:
                    found.add(node.attr)
                elif root == its_object:
                    found.add(f".{node.attr}")
    return found


def first_argument(function: Function) -> str:
    """The name of a method's object; empty where there is no argument."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    return arguments[0].arg if arguments else ""


def _first(node: ast.expr) -> str:
    """The variable that a chain of attributes starts from."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _conditions(node: ast.AST) -> list[ast.AST]:
    if isinstance(node, (ast.If, ast.While, ast.IfExp)):
        return [node.test]
    if isinstance(node, ast.BoolOp):
        return list(node.values[:-1])
    if isinstance(node, ast.comprehension):
        return list(node.ifs)
    if isinstance(node, ast.Match):
        return [node.subject]
    return list(node.body) if isinstance(node, ast.Try) else []


def recalls(function: Function, name: str, is_variable: bool) -> bool:
    """Whether it looks at the attributes of this name, some of which it sets, before it has surely set them; or at the global
    variable, if it is one."""
    if is_variable and any(
        isinstance(node, ast.Name) and type(node.ctx) is ast.Load and node.id == name for node in ast.walk(function)
    ):
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
    copied = {
        id(node.value)
        for node in ast.walk(statement)
        if isinstance(node, ast.Assign) and all(isinstance(target, ast.Attribute) for target in node.targets)
    }
    for node in ast.walk(statement):
        if (
            isinstance(node, ast.Attribute)
            and type(node.ctx) is ast.Load
            and node.attr == name
            and id(node) not in copied
        ):
            yield _root(node)


def _set_in(statement: ast.AST, name: str) -> Iterator[str]:
    """What each such attribute is set of."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Attribute) and type(node.ctx) is not ast.Load and node.attr == name:
            yield _root(node)


def _root(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else "?"

"""Whether a function may do less for what is kept in an attribute or a global variable: it has to look at that first.

Looking is what decides: not when the function has given it a value in any case before (`self.response = answer(); ...;
return self.response`), nor when it only hands it on to another attribute (`self.number = Field.counter`).
"""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from typing import TypeGuard

from lamina.tracing.walking import nodes_of, walk

__all__ = [
    "FILLING", "Function", "asked", "deciding", "fills", "first_argument", "hands_out", "is_read_inside", "made_in",
    "only_checked", "outlasting", "recalls", "refuses",
]  # fmt: skip

Function = ast.FunctionDef | ast.AsyncFunctionDef
FILLING = frozenset({"append", "add", "update", "insert", "extend", "appendleft", "setdefault"})


def deciding(function: Function, globals_: Container[str]) -> set[str]:
    """What decides what it does: global variables (of these names) and attributes of these and of the class, and with a dot in
    front attributes of the object whose method it is. Looked for in conditions, but for those on which it only refuses to go on
    with another object, in what is tried, and in what local variables in these stand for."""
    its_object = first_argument(function)
    values: dict[str, list[ast.AST]] = {}
    waiting: list[ast.AST] = []
    refusing: set[int] = set()
    for node in nodes_of(function):
        if _refuses_another(node):
            refusing.update(map(id, walk(node.test)))
            continue
        if isinstance(node, (ast.Assign, ast.AnnAssign, ast.NamedExpr)) and node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else (node.target,):
                if isinstance(target, ast.Name):
                    values.setdefault(target.id, []).append(node.value)
        if id(node) not in refusing:
            waiting += _conditions(node)
    found: set[str] = set()
    while waiting:
        for node in walk(waiting.pop()):
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


def asked(function: Function) -> set[str]:
    """The variables that a condition of it asks for something, or whether there is nothing in them. (In `if it: it.close()` the
    condition asks only whether there is anything.)"""
    tests = [node.test for node in nodes_of(function) if isinstance(node, (ast.If, ast.While, ast.IfExp))]
    parts = [node for test in tests for node in walk(test)]
    asking = [node.value for node in parts if isinstance(node, ast.Attribute)]
    asking += [node.operand for node in parts if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)]
    return {node.id for node in asking if isinstance(node, ast.Name)}


def first_argument(function: Function) -> str:
    """The name of a method's object; empty where there is no argument."""
    arguments = [*function.args.posonlyargs, *function.args.args]
    return arguments[0].arg if arguments else ""


def fills(function: Function, names: Iterable[str]) -> Iterator[str]:
    """Those of these global variables that it puts something into without looking at what is there, but to refuse that."""
    ways: set[int] = set()
    added_to = {id(node.target) for node in nodes_of(function) if isinstance(node, ast.AugAssign)}
    for node in nodes_of(function):
        if isinstance(node, ast.Subscript) and type(node.ctx) is ast.Store and id(node) not in added_to:
            ways.add(id(node.value))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            if isinstance(called, ast.Attribute) and called.attr in FILLING:
                ways.add(id(called.value))
        elif (
            isinstance(node, ast.If) and len(node.body) == 1 and isinstance(node.body[0], ast.Raise) and not node.orelse
        ):
            ways.update(id(inner) for inner in walk(node))
    loads = [node for node in nodes_of(function) if isinstance(node, ast.Name) and type(node.ctx) is ast.Load]
    for name in names:
        if all(id(node) in ways for node in loads if node.id == name):
            yield name


def hands_out(function: Function) -> bool:
    """Whether a function in it may outlive a call of it: it is more than called there, a class's, or made by `lambda`."""
    within = [node for node in nodes_of(function) if node is not function]
    inner = {node.name for node in within if isinstance(node, Function)}
    for node in within:
        if isinstance(node, (ast.Lambda, ast.ClassDef)) or (isinstance(node, Function) and node.decorator_list):
            return True
        if isinstance(node, (ast.Global, ast.Nonlocal)) and not inner.isdisjoint(node.names):
            return True
    return any(outlasting(function))


def only_checked(function: Function) -> set[int]:
    """The methods, as `id` of the nodes, of whose results it does nothing but refuse all but one object, or give them attributes:
    that an earlier test has left something there makes no difference to what it runs."""
    nodes = nodes_of(function)
    got: dict[str, list[int]] = defaultdict(list)
    for node in nodes:
        if isinstance(node, ast.Assign) and len(node.targets) == 1:
            target, method = node.targets[0], getattr(node.value, "func", None)
            if isinstance(target, ast.Name) and isinstance(method, ast.Attribute):
                got[target.id].append(id(method))
    if not got:
        return set()
    allowed: set[int] = set()
    for node in nodes:
        if isinstance(node, ast.Assign):
            allowed.update(map(id, filter(None, map(_given_something, node.targets))))
        elif _refuses_another(node):
            allowed.update(id(inner) for part in (node.test, node.body[0]) for inner in walk(part))
    for node in nodes:
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and id(node) not in allowed:
            got.pop(node.id, None)
    return set().union(*got.values())


def refuses(node: ast.AST) -> TypeGuard[ast.If]:
    """Whether it only asks whether to go on at all."""
    return isinstance(node, ast.If) and len(node.body) == 1 and isinstance(node.body[0], ast.Raise)


def _refuses_another(node: ast.AST) -> TypeGuard[ast.If]:
    """Whether it only goes on with one certain object: `if found is not self: raise ...`. (Who is refused for what is there or not
    may take that for an answer.)"""
    if not refuses(node) or not isinstance(node.test, ast.Compare):
        return False
    compared = (node.test.left, *node.test.comparators)
    return all(isinstance(operator, ast.IsNot) for operator in node.test.ops) and not any(
        isinstance(one, ast.Constant) for one in compared
    )


def _given_something(target: ast.expr) -> ast.Name | None:
    """The variable to an attribute or element of which a value is given."""
    if not isinstance(target, (ast.Attribute, ast.Subscript)):
        return None
    while isinstance(target, (ast.Attribute, ast.Subscript)):
        target = target.value
    return target if isinstance(target, ast.Name) else None


def outlasting(function: Function) -> Iterator[Function]:
    """The functions in it that are more than called there."""
    inner = [node for node in nodes_of(function) if isinstance(node, Function) and node is not function]
    if not inner:
        return
    called = {id(node.func) for node in nodes_of(function) if isinstance(node, ast.Call)}
    names = [node for node in nodes_of(function) if isinstance(node, ast.Name) and type(node.ctx) is ast.Load]
    handed = {node.id for node in names if id(node) not in called}
    yield from (node for node in inner if node.name in handed)


def is_read_inside(function: Function, name: str) -> bool:
    """Whether a function in it looks at its variable of this name."""
    inner = [node for node in nodes_of(function) if isinstance(node, (Function, ast.Lambda)) and node is not function]
    return any(
        isinstance(node, ast.Name) and type(node.ctx) is ast.Load and node.id == name
        for one in inner
        for node in walk(one)
    )


def made_in(function: Function) -> set[str]:
    """The variables that stand for nothing but functions in it, and objects that it makes by `__new__`, or for what wraps these."""
    made: dict[str, bool] = {}
    for node in nodes_of(function):
        if isinstance(node, Function) and node is not function:
            made.setdefault(node.name, True)
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Name):
                    made[target.id] = made.get(target.id, True) and _makes(node.value, target.id)
    return {name for name, is_made in made.items() if is_made}


def _makes(value: ast.expr, name: str) -> bool:
    if not isinstance(value, ast.Call):
        return False
    is_new = isinstance(value.func, ast.Attribute) and value.func.attr == "__new__"
    return is_new or [getattr(argument, "id", "") for argument in value.args] == [name]


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
    return list(node.body) if isinstance(node, ast.Try) and node.handlers else []


def recalls(function: Function, name: str, is_variable: bool) -> bool:
    """Whether it looks at the attributes of this name, some of which it sets, before it has surely set them; or at the global
    variable, if it is one."""
    if is_variable and any(
        isinstance(node, ast.Name) and type(node.ctx) is ast.Load and node.id == name for node in nodes_of(function)
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
        for node in walk(statement)
        if isinstance(node, ast.Assign) and all(isinstance(target, ast.Attribute) for target in node.targets)
    }
    for node in walk(statement):
        if (
            isinstance(node, ast.Attribute)
            and type(node.ctx) is ast.Load
            and node.attr == name
            and id(node) not in copied
        ):
            yield _root(node)


def _set_in(statement: ast.AST, name: str) -> Iterator[str]:
    """What each such attribute is set of."""
    for node in walk(statement):
        if isinstance(node, ast.Attribute) and type(node.ctx) is not ast.Load and node.attr == name:
            yield _root(node)


def _root(node: ast.Attribute) -> str:
    return node.value.id if isinstance(node.value, ast.Name) else "?"

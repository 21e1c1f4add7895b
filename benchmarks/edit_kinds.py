"""Random edits of a module's syntax tree: each of a kind that developers make, and that a selection by names can get wrong."""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

__all__ = ["KINDS", "edit"]

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_METHODS = (
    "def __len__(self): return 0", "def __bool__(self): return False", "def __eq__(self, other): return True",
    "def __iter__(self): return iter(())", "def __contains__(self, item): return True", "def __hash__(self): return 1",
    "def __call__(self, *given, **named): return None", "def __setattr__(self, name, value): pass",
    "def __getattr__(self, name): raise AttributeError(name)", "def __repr__(self): return 'changed'",
)  # fmt: skip


def edit(tree: ast.Module, chance: random.Random) -> str:
    """Changes one thing in the tree, of the first kind by chance that it has a place for. Returns what, in words."""
    for kind in chance.sample(KINDS, len(KINDS)):
        with suppress(IndexError):  # there is nothing to choose from
            return kind(tree, chance)
    return ""


def _of(tree: ast.AST, *kinds: type[ast.AST]) -> list[Any]:
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


def _definitions(tree: ast.Module) -> Iterator[tuple[ast.Module | ast.ClassDef, _Function | ast.ClassDef]]:
    """What a module or a class defines, each with what defines it."""
    for owner in (tree, *_of(tree, ast.ClassDef)):
        for node in owner.body:
            if isinstance(node, _Function | ast.ClassDef):
                yield owner, node


def _statements(tree: ast.Module, *kinds: type[ast.stmt]) -> list[tuple[list[ast.stmt], int]]:
    """The places of all statements of these kinds."""
    bodies = [body for node in ast.walk(tree) if isinstance(body := getattr(node, "body", None), list)]
    return [(body, place) for body in bodies for place, one in enumerate(body) if isinstance(one, kinds)]


def _remove(places: list[tuple[list[ast.stmt], int]], chance: random.Random) -> str:
    body, place = chance.choice(places)
    said = f"removed {ast.unparse(body[place])[:50]!r}"
    body[place] = ast.Pass()
    return said


def _remove_statement(tree: ast.Module, chance: random.Random) -> str:
    simple = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr, ast.Raise, ast.Assert, ast.Delete, ast.If, ast.For)
    return _remove(_statements(tree, *simple), chance)


def _remove_import(tree: ast.Module, chance: random.Random) -> str:
    places = _statements(tree, ast.Import, ast.ImportFrom)
    return _remove([(body, at) for body, at in places if getattr(body[at], "module", "") != "__future__"], chance)


def _remove_definition(tree: ast.Module, chance: random.Random) -> str:
    found = list(_definitions(tree))
    owner, node = chance.choice(found)
    owner.body[owner.body.index(node)] = ast.Pass()
    return f"removed {node.name}"


def _rename(tree: ast.Module, chance: random.Random) -> str:
    found = [node for _, node in _definitions(tree)]
    node = chance.choice(found)
    node.name += "_renamed"
    return f"renamed to {node.name}"


def _change_constant(tree: ast.Module, chance: random.Random) -> str:
    found = [node for node in _of(tree, ast.Constant) if isinstance(node.value, bool | int | str)]
    node = chance.choice(found)
    old = node.value
    node.value = not old if isinstance(old, bool) else old + 1 if isinstance(old, int) else f"{old!s}x"
    return f"{str(old)[:30]!r} to {str(node.value)[:30]!r}"


def _change_default(tree: ast.Module, chance: random.Random) -> str:
    found = [node for node in _of(tree, ast.FunctionDef, ast.AsyncFunctionDef) if node.args.defaults]
    node = chance.choice(found)
    node.args.defaults[-1] = ast.Constant(chance.choice([None, 7, "other"]))
    return f"another default of {node.name}"


def _rename_parameter(tree: ast.Module, chance: random.Random) -> str:
    found = [node for node in _of(tree, ast.FunctionDef, ast.AsyncFunctionDef) if node.args.args]
    node = chance.choice(found)
    node.args.args[-1].arg += "_renamed"
    return f"a parameter of {node.name} is {node.args.args[-1].arg}"


def _remove_decorator(tree: ast.Module, chance: random.Random) -> str:
    found = [node for _, node in _definitions(tree) if node.decorator_list]
    node = chance.choice(found)
    return f"{node.name} without @{ast.unparse(node.decorator_list.pop())[:40]}"


def _add_decorator(tree: ast.Module, chance: random.Random) -> str:
    found = [node for owner, node in _definitions(tree) if owner is not tree and isinstance(node, _Function)]
    node, name = chance.choice(found), chance.choice(["staticmethod", "classmethod", "property"])
    node.decorator_list.insert(0, ast.Name(name))
    return f"{node.name} with @{name}"


def _change_base(tree: ast.Module, chance: random.Random) -> str:
    found = [node for node in _of(tree, ast.ClassDef) if node.bases]
    node = chance.choice(found)
    said = ast.unparse(node.bases.pop())
    if chance.random() < 0.5:
        node.bases.append(ast.Name("dict"))
    return f"{node.name} no longer based on {said}"


def _add_method(tree: ast.Module, chance: random.Random) -> str:
    classes = _of(tree, ast.ClassDef)
    known = [node.name for owner, node in _definitions(tree) if owner is not tree and isinstance(node, _Function)]
    sources = [*_METHODS, *(f"def {name}(self, *given, **named): return None" for name in known[:5])]
    source = chance.choice(sources if classes else [])
    node = chance.choice(classes)
    node.body += ast.parse(source).body
    return f"{node.name} with {source.partition('(')[0]}"


def _add_test(tree: ast.Module, chance: random.Random) -> str:
    owners = {id(owner): owner for owner, node in _definitions(tree) if node.name.startswith("test")}
    owner = chance.choice([*owners.values()])
    owner.body += ast.parse("def test_that_is_new(*given): assert False").body
    return f"a test more in {getattr(owner, 'name', 'the module')}"


def _negate(tree: ast.Module, chance: random.Random) -> str:
    found = _of(tree, ast.If, ast.IfExp)
    node = chance.choice(found)
    said = ast.unparse(node.test)[:40]
    node.test = ast.UnaryOp(ast.Not(), node.test)
    return f"if not {said}"


def _return_nothing(tree: ast.Module, chance: random.Random) -> str:
    found = [node for node in _of(tree, ast.Return) if node.value is not None]
    node = chance.choice(found)
    said = ast.unparse(node)[:40]
    node.value = None
    return f"nothing for {said!r}"


KINDS: tuple[Callable[[ast.Module, random.Random], str], ...] = (
    _remove_statement, _remove_import, _remove_definition, _rename, _change_constant, _change_default, _rename_parameter,
    _remove_decorator, _add_decorator, _change_base, _add_method, _add_test, _negate, _return_nothing,
)  # fmt: skip

"""How a function may spare a later call what it did for an earlier one: by what it keeps itself, or by its decorators."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from lamina.tracing.analysis import GENERATOR, OF_MADE
from lamina.tracing.in_place import DISPLAYS
from lamina.tracing.inert import CACHES, dotted, may_remember
from lamina.tracing.module_names import assigned_names
from lamina.tracing.reading import Piece
from lamina.tracing.recalling import Function, asked, outlasting
from lamina.tracing.scope import parameters
from lamina.tracing.walking import walk

__all__ = ["containers_in", "given_to_objects", "memory_of"]

_CONTAINERS = frozenset(
    {
        "dict", "list", "set", "defaultdict", "OrderedDict", "Counter", "deque", "WeakKeyDictionary", "WeakValueDictionary",
        "WeakSet", "SimpleNamespace", "bytearray",
    }
)  # fmt: skip


def memory_of(
    node: Function, piece: Piece, is_method: bool, decides: set[str], wraps_given: bool, of_class: set[str]
) -> str:
    """`Body.memory` of a function that was read into `piece`. `decides` are variables and attributes that decide what it does,
    `of_class` attributes that hold a container for all objects of its class; `wraps_given`: it puts a cache around what it is
    given."""
    told = piece.in_place.told
    kept = piece.in_place.memory(node, is_method, of_class)
    done_to = piece.in_place.done_to & decides
    if not told.isdisjoint(decides) or (done_to and not done_to.isdisjoint(asked(node))):
        kept = "inside"
    elif kept != "inside" and is_method and any(f".{name}" in decides for name in told):
        kept = "self"
    if kept == "self" and node.name in ("__init__", "__new__"):  # a new object remembers nothing
        kept = ""
    if wraps_given or piece.in_place.replaces(node):
        kept = "inside"
    if piece.yields and not (kept or node.decorator_list):
        return GENERATOR
    decorators = [dotted(decorator) for decorator in node.decorator_list if may_remember(decorator)]
    if piece.has_functions:
        decorators += [name for inner in outlasting(node) for name in _keeping_decorators(inner)]
    decorators += piece.in_place.replaced(node, is_method)
    return " ".join([*([kept] if kept else []), *decorators])


def containers_in(node: ast.ClassDef) -> set[str]:
    """The attributes of a class that hold a container, for all its objects."""
    found: set[str] = set()
    for statement in node.body:
        value = statement.value if isinstance(statement, (ast.Assign, ast.AnnAssign)) else None
        is_made = isinstance(value, ast.Call) and dotted(value).rpartition(".")[2] in _CONTAINERS
        if is_made or isinstance(value, DISPLAYS):
            found.update(assigned_names(statement))
    return found


def given_to_objects(node: ast.ClassDef) -> set[str]:
    """The attributes of a class's objects that have what these were given when they were made, as it is; fields of data classes are
    among them."""
    found: set[str] = set()
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and node.decorator_list:
            found.update(assigned_names(statement))
        elif isinstance(statement, Function) and statement.name == "__init__":
            given = parameters(statement.args)
            for inner in walk(statement):
                if isinstance(inner, ast.Assign) and isinstance(inner.value, ast.Name) and inner.value.id in given:
                    found.update(target.attr for target in inner.targets if isinstance(target, ast.Attribute))
    return found


def _keeping_decorators(inner: Function) -> Iterator[str]:
    """Those of a function within another one that may answer for it: well-known caches, and what has a plain name."""
    for decorator in inner.decorator_list:
        name = dotted(decorator)
        if may_remember(decorator) and ("." not in name or name.rpartition(".")[2] in CACHES):
            yield name + OF_MADE

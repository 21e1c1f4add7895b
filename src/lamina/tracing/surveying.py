"""What a function does with names, as far as that takes all places where it has them."""

from __future__ import annotations

import ast
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from lamina.tracing.inert import KEEPING_RESULTS, dotted
from lamina.tracing.recalling import Function, first_argument
from lamina.tracing.scope import parameters
from lamina.tracing.walking import walk

__all__ = ["Survey", "survey"]

_ASKING = frozenset({"isinstance", "issubclass"})
_OWN_CLASS = frozenset({"type", "__class__"})
# These lead to names of the project's that nobody wrote down.
_MAKING_UP = frozenset({"getattr", "eval", "exec", "attrgetter", "methodcaller"})
# What makes another object of the kind of the one that it is a method of, or is given.
_COPYING = frozenset({"copy", "deepcopy", "replace", "_replace", "_make"})


class Survey(NamedTuple):
    """`asked`: names that are in it in no other place than as the class of an `isinstance`, of an `except` or of a pattern, in an
    annotation, or as what a module's `__getattr__` gives, which has that name for whoever asks. `wrapped`: functions that a
    cache is put around otherwise than by a decorator, as around `get` in `lru_cache(64)(self.get)`. `calls_given`: it calls one of
    its arguments. `makes_own`: it may make objects of its class without naming it. `of_libraries`: names that it has of
    nothing but the standard library, and attributes of these."""

    asked: frozenset[str]
    wrapped: frozenset[str]
    calls_given: bool
    makes_own: bool
    of_libraries: frozenset[str]


def survey(function: Function, is_method: bool, outside: frozenset[str]) -> Survey:
    """In one walk; `outside` are the module's names for what the standard library has."""
    seen = _Seen(function, is_method, outside)
    for node in walk(function):
        seen.take(node)
    asked = Counter(name for part in seen.asked for name in _names(part))
    return Survey(
        frozenset(name for name, count in asked.items() if count == seen.names[name]),
        frozenset(seen.wrapped - {"", "?"}),
        seen.calls_given,
        seen.makes_own or seen.its_object == "cls" or not _OWN_CLASS.isdisjoint(seen.names),
        frozenset(name for name, count in seen.of_libraries().items() if count == seen.names[name]) - _MAKING_UP,
    )


class _Seen:
    """How often it has each name, and what it does with some."""

    def __init__(self, function: Function, is_method: bool, outside: frozenset[str]) -> None:
        self.names = Counter[str]()
        self.asked: list[ast.AST] = []
        self.wrapped: set[str] = set()
        self.calls_given = self.makes_own = False
        self.its_object = first_argument(function) if is_method else ""
        self._given = parameters(function.args) - {"self", "cls"}
        self._is_lazy = not is_method and function.name == "__getattr__"
        self._outside = outside
        # Of names from outside: their own places, attributes that start from them; and those that are local variables here.
        self._places = Counter[str]()
        self._attributes: dict[str, list[str]] = defaultdict(list)
        self._local: set[str] = set()

    def take(self, node: ast.AST) -> None:
        """A node of the function, each once."""
        if isinstance(node, ast.Name):
            self.names[node.id] += 1
            if type(node.ctx) is not ast.Load:
                self._local.add(node.id)
            elif node.id in self._outside:
                self._places[node.id] += 1
        elif isinstance(node, ast.Attribute):
            self.names[node.attr] += 1
            root = _root(node.value)
            if root in self._outside:
                self._attributes[root].append(node.attr)
        elif isinstance(node, ast.Call):
            self._call(node)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._local.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        else:
            self._other(node)

    def _call(self, node: ast.Call) -> None:
        name = dotted(node.func)
        first, _, last = name.rpartition(".")
        if not first and name in _ASKING:
            self.asked += node.args[1:]
        self.calls_given = self.calls_given or name in self._given
        if last in KEEPING_RESULTS:
            self.wrapped.update(dotted(argument).rpartition(".")[2] for argument in node.args)
        elif last in _COPYING:
            copied = {first, *map(dotted, node.args[:1])}
            self.makes_own = self.makes_own or "super" in copied or self.its_object in copied

    def _other(self, node: ast.AST) -> None:
        part: ast.AST | None = None
        if isinstance(node, ast.ExceptHandler):
            part = node.type
            self._local.add(node.name or "")
        elif isinstance(node, ast.MatchClass):
            part = node.cls
        elif isinstance(node, ast.AnnAssign):
            part = node.annotation
        elif isinstance(node, ast.arg):
            part = node.annotation
            self._local.add(node.arg)
        elif isinstance(node, Function):
            part = node.returns
            self._local.add(node.name)
        elif isinstance(node, ast.ClassDef):
            self._local.add(node.name)
        elif self._is_lazy and isinstance(node, ast.Return) and isinstance(node.value, ast.Name):
            part = node.value
        if part is not None:
            self.asked.append(part)

    def of_libraries(self) -> Counter[str]:
        """How often names and attributes are those of the standard library."""
        found = Counter({name: count for name, count in self._places.items() if name not in self._local})
        for root, attributes in self._attributes.items():
            if root not in self._local:
                found.update(attributes)
        return found


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _names(node: ast.AST) -> Iterator[str]:
    for inner in walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr

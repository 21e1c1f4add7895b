"""What a function does with names, as far as that takes all places where it has them."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Container, Iterator
from typing import Any, NamedTuple

from lamina.tracing.inert import CACHES, KEEPING_RESULTS, dotted
from lamina.tracing.recalling import Function, first_argument
from lamina.tracing.scope import parameters
from lamina.tracing.walking import nodes_of, walk

__all__ = ["MAKING_UP", "Survey", "of_libraries", "survey"]

_ASKING = frozenset({"isinstance", "issubclass"})
_OWN_CLASS = frozenset({"type", "__class__"})
# These lead to names of the project's that nobody wrote down.
MAKING_UP = frozenset({"getattr", "eval", "exec", "attrgetter", "methodcaller"})
# What makes another object of the kind of the one that it is a method of, or is given.
_COPYING = frozenset({"copy", "deepcopy", "replace", "_replace", "_make"})
_WORD = re.compile(r"[^\W\d]\w*")
_PATH = re.compile(r"[\w.:]+")
# What makes names of keywords.
_HANDING_KEYWORDS_ON = frozenset({"dict", "partial", "partialmethod", "type", "SimpleNamespace", "namedtuple", "super"})


class Survey(NamedTuple):
    """`asked`: names that are in it in no other place than as the class of an `isinstance`, of an `except` or of a pattern, in an
    annotation, as a text that something is compared with, or as what a module's `__getattr__` gives, which has that name for
    whoever asks. `wrapped`: functions that a cache is put around otherwise than by a decorator, as around `get` in
    `lru_cache(64)(self.get)`; `wraps_given`: around one that it, or a function in it, is given. `calls_given`: it calls one of its
    arguments, or what its object was given when it was made. `makes_own`: it may make objects of its class without naming it.
    `of_libraries`: names that it has of nothing but the standard library, attributes of these, and keywords that they are given."""

    asked: frozenset[str]
    wrapped: frozenset[str]
    wraps_given: bool
    calls_given: bool
    makes_own: bool
    of_libraries: frozenset[str]


def survey(function: Function, is_method: bool, outside: frozenset[str], given: Container[str] = frozenset()) -> Survey:
    """In one walk; `outside` are the module's names for what the standard library has, `given` attributes that objects of its class
    are given when they are made."""
    seen = _Seen(function, is_method, outside, given)
    for node in nodes_of(function):
        seen.take(node)
    return Survey(
        frozenset(seen.only_asked()),
        frozenset(seen.wrapped - {"", "?"}),
        not seen.cached.isdisjoint(seen.arguments),
        seen.calls_given,
        seen.makes_own or seen.its_object == "cls" or not _OWN_CLASS.isdisjoint(seen.names),
        frozenset(seen.of_libraries() - MAKING_UP),
    )


def of_libraries(node: ast.AST | None, outside: frozenset[str]) -> set[str]:
    """The names in an expression that are of nothing but the standard library, as in `Survey`."""
    of_these, others = set[str](), set[str]()
    if node is None:
        return of_these
    for inner in walk(node):
        if isinstance(inner, ast.arg) or (isinstance(inner, ast.Name) and not isinstance(inner.ctx, ast.Load)):
            name = inner.arg if isinstance(inner, ast.arg) else inner.id
            if name in outside:
                return set()
        elif isinstance(inner, (ast.Name, ast.Attribute)):
            found = of_these if _root_of(inner) in outside else others
            found.add(inner.id if isinstance(inner, ast.Name) else inner.attr)
        elif isinstance(inner, ast.Call):
            found = of_these if _root_of_called(inner) in outside else others
            found.update(keyword.arg for keyword in inner.keywords if keyword.arg)
        elif isinstance(inner, ast.Constant):
            others.update(_words_of(inner))
    return of_these - others - MAKING_UP


def _words(node: ast.AST) -> Iterator[str]:
    for inner in walk(node):
        if isinstance(inner, ast.Constant):
            yield from _words_of(inner)


def _words_of(node: ast.Constant) -> list[str]:
    """Of a text that may be a name, or a path of names."""
    return _WORD.findall(node.value) if isinstance(node.value, str) and _PATH.fullmatch(node.value) else []


def _root_of(node: ast.expr) -> str:
    """The variable from which an attribute starts."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _root_of_called(node: ast.Call) -> str:
    """The variable from which what is called starts; none if it hands its keywords on as names."""
    return "" if dotted(node.func).rpartition(".")[2] in _HANDING_KEYWORDS_ON else _root_of(node.func)


class _Seen:
    """How often it has each name, and what it does with some."""

    def __init__(self, function: Function, is_method: bool, outside: frozenset[str], given: Container[str]) -> None:
        self._given_attributes = given
        self.names = Counter[str]()
        self._quoted = Counter[str]()
        self.asked: list[ast.AST] = []
        self.wrapped: set[str] = set()
        # Variables that a cache is put around, and the arguments of the functions in it, its own among them.
        self.cached: set[str] = set()
        self.arguments = parameters(function.args)
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
        take = _TAKING.get(type(node))
        if take is not None:
            take(self, node)

    def _name(self, node: ast.Name) -> None:
        name = node.id
        self.names[name] = self.names.get(name, 0) + 1
        if type(node.ctx) is not ast.Load:
            self._local.add(name)
        elif name in self._outside:
            self._places[name] += 1

    def _constant(self, node: ast.Constant) -> None:
        self._quoted.update(_words_of(node))

    def _attribute(self, node: ast.Attribute) -> None:
        self.names[node.attr] = self.names.get(node.attr, 0) + 1
        if (root := _root_of(node)) in self._outside:
            self._attributes[root].append(node.attr)

    def _call(self, node: ast.Call) -> None:
        function = node.func
        self._keywords(node)
        if type(function) is ast.Name:
            last = function.id
            if last in _ASKING:
                self.asked += node.args[1:]
            elif last in self._given:
                self.calls_given = True
        else:
            last = dotted(function).rpartition(".")[2] if type(function) is not ast.Attribute else function.attr
            self.calls_given = self.calls_given or self._is_given(function)
        if last in KEEPING_RESULTS:
            self.wrapped.update(dotted(argument).rpartition(".")[2] for argument in node.args)
            if last in CACHES:
                self.cached.update(argument.id for argument in node.args if isinstance(argument, ast.Name))
        elif last in _COPYING:
            copied = {dotted(function).rpartition(".")[0], *map(dotted, node.args[:1])}
            self.makes_own = self.makes_own or "super" in copied or self.its_object in copied

    def _keywords(self, node: ast.Call) -> None:
        keywords = [keyword.arg for keyword in node.keywords if keyword.arg]
        if keywords:
            self.names.update(keywords)
            root = _root_of_called(node)
            if root in self._outside:
                self._attributes[root] += keywords

    def _is_given(self, called: ast.expr) -> bool:
        """Whether it is an attribute that its object was given, or an element of one."""
        called = called.value if isinstance(called, ast.Subscript) else called
        if not (self.its_object and isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name)):
            return False
        return called.value.id == self.its_object and called.attr in self._given_attributes

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        self._local.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)

    def _handler(self, node: ast.ExceptHandler) -> None:
        self._local.add(node.name or "")
        self._ask(node.type)

    def _argument(self, node: ast.arg) -> None:
        self._local.add(node.arg)
        self.arguments.add(node.arg)
        self._ask(node.annotation)

    def _function(self, node: Function) -> None:
        self._local.add(node.name)
        self._ask(node.returns)

    def _class(self, node: ast.ClassDef) -> None:
        self._local.add(node.name)

    def _pattern(self, node: ast.MatchClass) -> None:
        self._ask(node.cls)

    def _annotated(self, node: ast.AnnAssign) -> None:
        self._ask(node.annotation)

    def _return(self, node: ast.Return) -> None:
        if self._is_lazy and isinstance(node.value, ast.Name):
            self._ask(node.value)

    def _compare(self, node: ast.Compare) -> None:
        for one in (node.left, *node.comparators):
            parts = one.elts if isinstance(one, (ast.Tuple, ast.List, ast.Set)) else [one]
            self.asked += (part for part in parts if isinstance(part, ast.Constant))

    def _ask(self, part: ast.AST | None) -> None:
        if part is not None:
            self.asked.append(part)

    def only_asked(self) -> set[str]:
        """Names that are asked about, and in no other place."""
        asked = Counter(name for part in self.asked for name in _names(part))
        words = Counter(word for part in self.asked for word in _words(part))
        return {name for name, count in (asked + words).items() if count == self.names[name] + self._quoted[name]}

    def of_libraries(self) -> set[str]:
        """Names and attributes, and keywords, that are nothing else but the standard library's."""
        found = Counter({name: count for name, count in self._places.items() if name not in self._local})
        for root, attributes in self._attributes.items():
            if root not in self._local:
                found.update(attributes)
        return {name for name, count in found.items() if count == self.names[name] and not self._quoted[name]}


def _names(node: ast.AST) -> Iterator[str]:
    for inner in walk(node):
        if isinstance(inner, ast.Name):
            yield inner.id
        elif isinstance(inner, ast.Attribute):
            yield inner.attr


_TAKING: dict[type, Any] = {
    ast.Name: _Seen._name,
    ast.Constant: _Seen._constant,
    ast.Attribute: _Seen._attribute,
    ast.Call: _Seen._call,
    ast.Import: _Seen._import,
    ast.ImportFrom: _Seen._import,
    ast.ExceptHandler: _Seen._handler,
    ast.arg: _Seen._argument,
    ast.FunctionDef: _Seen._function,
    ast.AsyncFunctionDef: _Seen._function,
    ast.ClassDef: _Seen._class,
    ast.Compare: _Seen._compare,
    ast.MatchClass: _Seen._pattern,
    ast.AnnAssign: _Seen._annotated,
    ast.Return: _Seen._return,
}

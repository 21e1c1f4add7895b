"""Reads pieces of a syntax tree: what they say, in a form that layout, comments and docstrings don't change, and which
names they mention.

A mention is a name that may be looked up outside of the piece: a global name, an attribute, a keyword, an imported name, a
string that is an identifier or a dotted path. Names that are local to a function are none. A name that is mentioned only as a
global one ("bare") is looked up in the piece's own module. A piece that makes up names
at run time (`getattr` with a computed name, `globals()`, `eval` ...) mentions every name, written as `ANY`; `made_up` says how much
of that is not noted while it runs.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Any

from xxhash import xxh3_64_hexdigest

from lamina.tracing.docstrings import hands_docstring_on
from lamina.tracing.in_place import InPlace
from lamina.tracing.inert import dotted
from lamina.tracing.made_up import NAME, OBJECT, TEXT, noted
from lamina.tracing.recalling import refuses
from lamina.tracing.scope import Scope, parameters

__all__ = ["ANY", "MEMBERS", "OWN", "SHOW_ALL_NAMES", "Piece", "fingerprint", "without_docstring"]

ANY = "*"
# What a piece that makes up names may look up besides those that are noted when it runs: what its own module defines, what classes
# and their objects have.
OWN, MEMBERS = "own", "members"

# Called by these names, the mentioned names are not in the source.
_MAKE_UP_NAMES = frozenset(
    {"globals", "vars", "eval", "exec", "locals", "dir", "getmembers", "attrgetter", "methodcaller", "__import__"}
)
_OWN_NAMES = frozenset({"globals", "locals"})
# To set an attribute by a computed name looks none up: what it may set off (a property, `__setattr__`) counts with its class.
_TAKE_A_NAME = {"getattr": 1, "hasattr": 1, "delattr": 1, "getfixturevalue": 0}
SHOW_ALL_NAMES = frozenset({"__dict__", "f_globals", "f_locals", "__subclasses__"})
_FIXTURE_SCOPES = frozenset({"function", "class", "module", "package", "session"})
_BRANCHES = frozenset({ast.If, ast.IfExp, ast.BoolOp, ast.Try, ast.While, ast.Match, ast.For, ast.comprehension})
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
# Functions that change what they are given first, and such as look for something there.
_PUTTING = frozenset(
    {"setattr", "delattr", "__setattr__", "heappush", "heapify", "insort", "insort_left", "insort_right"}
)
_FETCHING = frozenset({"getattr", "hasattr"})
# Functions that look at all that a container has, or at some of it.
_LOOKING_INTO = frozenset({"iter", "next", "list", "tuple", "set", "sorted", "max", "min", "any", "all", "len", "bool"})
# What these are given is filled by what the code in the text does.
_EXECUTING = frozenset({"exec", "eval"})
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


def fingerprint(parts: Iterable[str]) -> str:
    """16 hexadecimal digits for a sequence of strings."""
    return xxh3_64_hexdigest("\x1f".join(parts).encode("utf-8", "surrogatepass"))


def without_docstring(body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements behind the docstring, if there is one."""
    first = body[0] if body else None
    if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str):
        return body[1:]
    return body


class Piece:
    """What has been read so far: `parts` for the fingerprint, `imports` as dotted names (relative ones with leading dots).

    `in_place` is what it changes in place, `yields` says that it, or a function in it, is a generator, `is_lazy` that something in
    it is evaluated later (a lambda), `has_functions` that a function is made in it. `local` says that the piece is the body of a
    function, whose own names are not mentions; nodes whose id is in `taken` have been cut out: only their headers count. `is_late`
    says that annotations are not evaluated (`from __future__ import annotations`). `named` are names that expressions bind (`:=`).
    `keeping_docs` are attributes that docstrings are kept in. Of a header, `hints` is a piece of its own with what annotations of
    parameters and of what is returned mention.
    """

    def __init__(
        self, local: bool = False, taken: frozenset[int] | set[int] = frozenset(), is_late: bool = False,
        is_header: bool = False, keeping_docs: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self.parts: list[str] = []
        self.imports: set[str] = set()
        self.named: set[str] = set()
        self.hints: Piece | None = None
        self._is_header = is_header
        self._keeping_docs = keeping_docs
        self.in_place = InPlace()
        self.yields = self.has_functions = False
        self.is_lazy = False
        self._taken = taken
        self._is_late = is_late
        self._names: set[str] = set()
        self._own: set[str] = set()
        self._made_up: set[str] = set()
        # Functions that make up names, and where; there may be a variable of that name.
        self._handed_on: list[tuple[Scope, str]] = []
        self._in_assert = False
        self._scope = Scope(None, local)
        self._scopes = [self._scope]

    @property
    def fingerprint(self) -> str:
        """Of all that was read."""
        return fingerprint(self.parts)

    def mentions(self) -> set[str]:
        """All names that are mentioned."""
        return self.names()[0]

    def names(self) -> tuple[set[str], set[str]]:
        """All names that are mentioned, and those of them that are looked up in the module's globals, and nowhere else."""
        own = self._globals()
        names = self._names | own
        if not names.isdisjoint(SHOW_ALL_NAMES) or self._hands_on():
            names.add(ANY)
        return names, own - self._names

    def made_up(self) -> tuple[str, ...]:
        """Of what made-up names may be that nobody notes: any of `ANY`, `OWN`, `MEMBERS`."""
        return (ANY,) if ANY in self._made_up or self._hands_on() else tuple(sorted(self._made_up))

    def _hands_on(self) -> bool:
        return any(not scope.holds(name) for scope, name in self._handed_on)

    def _makes_up(self, node: ast.AST | None, otherwise: str = ANY) -> None:
        """A name is made up at this node; `otherwise` says what it may be if it can't be noted there."""
        self._names.add(ANY)
        found = noted(node) if node is not None and not self._in_assert else ""
        if found == OBJECT:
            self._made_up.add(MEMBERS)
        elif found not in (NAME, TEXT):
            self._made_up.add(otherwise)

    def _globals(self) -> set[str]:
        names = set(self._own)
        for scope in self._scopes:
            names.update(name for name in scope.loads if not scope.holds(name))
            names |= scope.elsewhere
            if not scope.local:
                names |= scope.stores
        return names

    def mention(self, names: Iterable[str]) -> None:
        """Adds mentions."""
        self._names.update(names)

    def mention_as(self, other: Piece) -> None:
        """Adds all mentions of another piece, none of them as bare."""
        self._names |= other.mentions()
        self._made_up |= other._made_up
        self._handed_on += other._handed_on

    def mention_own(self, names: Iterable[str]) -> None:
        """Adds bare mentions."""
        self._own.update(names)

    def arguments(self, arguments: ast.arguments) -> None:
        """The parameters of the function whose body this is, as its local names."""
        self._scope.stores.update(parameters(arguments))

    def statements(self, body: Iterable[ast.AST]) -> None:
        """Reads nodes one after the other."""
        for node in body:
            self.read(node)

    def read(self, node: Any) -> None:
        """Reads a node and all below it."""
        kind = type(node)
        self.parts.append(kind.__name__)
        if kind in _BRANCHES:
            self.in_place.branches = True
        special = _READERS.get(kind)
        if special is not None:
            special(self, node)
        else:
            self._fields(node)

    def _fields(self, node: ast.AST) -> None:
        for field in node._fields:
            value = getattr(node, field, None)
            if value is None:
                self.parts.append("-")
            elif isinstance(value, ast.AST):
                self.read(value)
            elif isinstance(value, list):
                self.parts.append(f"[{len(value)}")
                for element in value:
                    if isinstance(element, ast.AST):
                        self.read(element)
                    else:
                        self.parts.append(repr(element))
            else:
                self.parts.append(repr(value))

    # -- names -------------------------------------------------------------------------------------------------------

    def _name(self, node: ast.Name) -> None:
        self.parts.append(node.id)
        if type(node.ctx) is ast.Load:
            self._scope.loads.add(node.id)
            self.in_place.reads(node.id)
            if node.id in _TAKE_A_NAME or node.id in _MAKE_UP_NAMES:
                # Handed on as a value; a call comes to `_call` instead.
                self._handed_on.append((self._scope, node.id))
        else:
            self._scope.stores.add(node.id)

    def _attribute(self, node: ast.Attribute) -> None:
        self.read(node.value)
        self.parts.append(node.attr)
        is_own_dict = node.attr == "__dict__" and _is_self(node.value)
        # To set a docstring is to read none.
        if not is_own_dict and (node.attr != "__doc__" or type(node.ctx) is ast.Load):
            self._names.add(node.attr)
        if node.attr in self._keeping_docs and type(node.ctx) is ast.Load:
            self._names.add("__doc__")
        if node.attr in SHOW_ALL_NAMES and not is_own_dict:
            self._makes_up(node)
        if type(node.ctx) is ast.Load:
            self.in_place.reads(node.attr)
        else:
            self.in_place.sets(node, self._scope)

    def _comparison(self, node: ast.Compare) -> None:
        for operator, container in zip(node.ops, node.comparators, strict=True):
            if isinstance(operator, (ast.In, ast.NotIn)):
                self.in_place.fetches(container)
        self._fields(node)

    def _condition(self, node: ast.If) -> None:
        # To refuse what is there already is no use of what was kept.
        before = self.in_place.fetched()
        self._looked_into(node.test)
        self.read(node.test)
        if refuses(node):
            self.in_place.forget(before)
        self.parts.append(f"[{len(node.body)}")
        self.statements(node.body)
        self.parts.append(f"[{len(node.orelse)}")
        self.statements(node.orelse)

    def _looked_into(self, test: ast.expr) -> None:
        """A condition may ask whether a container is empty."""
        while isinstance(test, ast.UnaryOp):
            test = test.operand
        if isinstance(test, ast.Call) and test.args and dotted(test.func) in ("len", "bool"):
            test = test.args[0]
        if isinstance(test, (ast.Name, ast.Attribute)):
            self.in_place.fetches(test)

    def _loop(self, node: Any) -> None:
        self.in_place.fetches(node.iter)
        self.in_place.binds(node.target, node.iter, self._scope)
        self._fields(node)

    def _assign(self, node: Any) -> None:
        if node.value is not None:
            for target in node.targets if isinstance(node, ast.Assign) else (node.target,):
                self.in_place.binds(target, node.value, self._scope)
                self.in_place.shares_with_all(target, node.value)
        if isinstance(node, ast.Assign) and hands_docstring_on(node):
            self.parts.append("__doc__")
            self.statements((*node.targets, node.value.value))  # type: ignore[attr-defined]
        else:
            self._fields(node)

    def _annotated(self, node: ast.AnnAssign) -> None:
        if self._scope.local:  # where annotations are never evaluated
            if node.value is not None:
                self.in_place.binds(node.target, node.value, self._scope)
            self.statements(part for part in (node.target, node.value) if part is not None)
            return
        if self._is_late:
            self.parts.append("late")
        self._assign(node)

    def _named(self, node: ast.NamedExpr) -> None:
        self.named.add(node.target.id)
        self._assign(node)

    def _add_to(self, node: ast.AugAssign) -> None:
        if isinstance(node.target, ast.Attribute):
            self._names.add(node.target.attr)
        self._fields(node)

    def _subscript(self, node: ast.Subscript) -> None:
        if type(node.ctx) is not ast.Load:
            self.in_place.puts(node.value, self._scope)
        else:
            self.in_place.fetches(node.value)
        self._fields(node)

    def _constant(self, node: ast.Constant) -> None:
        value = node.value
        self.parts.append(f"{type(value).__name__} {value!r}")
        if type(value) is str and len(value) < 200 and value:
            # Also a part of such a path ("{module}.name"), and the forms of entry points ("module:name") and of filters of
            # warnings ("error::module.name").
            names = value.replace("::", ".").replace(":", ".").strip(".").split(".")
            if all(name.isidentifier() for name in names):
                self._names.update(names)

    def _keyword(self, node: ast.keyword) -> None:
        self.parts.append(str(node.arg))
        if node.arg:
            self._names.add(node.arg)
        if node.arg == "scope" and isinstance(node.value, ast.Constant) and node.value.value in _FIXTURE_SCOPES:
            self.parts.append(node.value.value)
        else:
            self.read(node.value)

    def _yield(self, node: Any) -> None:
        self.yields = True
        self._fields(node)

    def _call(self, node: ast.Call) -> None:
        function = node.func
        name = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
        if name in _MAKE_UP_NAMES:
            self._makes_up(node, OWN if name in _OWN_NAMES else ANY)
        elif name in _TAKE_A_NAME:
            position = _TAKE_A_NAME[name]
            given = node.args[position] if len(node.args) > position else None
            is_text = isinstance(given, ast.Constant) and isinstance(given.value, str)
            if not is_text or given.value in SHOW_ALL_NAMES:  # type: ignore[union-attr]
                self._makes_up(None if is_text else node)
        if isinstance(function, ast.Attribute):
            self.in_place.calls(function, self._scope)
        if name in _LOOKING_INTO and isinstance(function, ast.Name):
            for container in node.args:
                if isinstance(container, (ast.Name, ast.Attribute)):
                    self.in_place.fetches(container)
        if name in _EXECUTING and len(node.args) > 1:
            self.in_place.puts(node.args[1], self._scope)
        if node.args and name in _PUTTING:
            self.in_place.puts(node.args[0], self._scope)
            if len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
                self.in_place.sets(ast.Attribute(node.args[0], str(node.args[1].value), ast.Store()), self._scope)
        elif node.args and name in _FETCHING:
            self.in_place.fetches(node.args[0])
            if len(node.args) > 1 and isinstance(node.args[1], ast.Constant):
                self.in_place.asks(str(node.args[1].value))
        if isinstance(function, ast.Name):
            self.parts += ("Name", function.id)
            self._scope.loads.add(function.id)
        else:
            self.read(function)
        self.parts.append(f"[{len(node.args)}")
        self.statements(node.args)
        self.statements(node.keywords)

    def _return(self, node: ast.Return) -> None:
        if node.value is not None:
            self.in_place.returns(node.value)
        self._fields(node)

    def _expression(self, node: ast.Expr) -> None:
        # Who does nothing with what a method gives has called it for what it does to its object.
        called = node.value.func if isinstance(node.value, ast.Call) else None
        if isinstance(called, ast.Attribute) and isinstance(called.value, ast.Name):
            self.in_place.done_to.add(called.value.id)
        self._fields(node)

    def _assertion(self, node: ast.Assert) -> None:
        outer, self._in_assert = self._in_assert, True
        self._fields(node)
        self._in_assert = outer

    def _handler(self, node: ast.ExceptHandler) -> None:
        if node.name:
            self._scope.stores.add(node.name)
        self._fields(node)

    def _pattern(self, node: Any) -> None:
        name = getattr(node, "name", None) or getattr(node, "rest", None)
        if name:
            self._scope.stores.add(name)
        self._names.update(getattr(node, "kwd_attrs", ()))
        self._fields(node)

    def _global(self, node: ast.Global) -> None:
        self.parts += node.names
        self._scope.elsewhere.update(node.names)
        self.in_place.declares_global(node.names)

    def _nonlocal(self, node: ast.Nonlocal) -> None:
        self.parts += node.names
        self._scope.around.update(node.names)
        self.in_place.declares_nonlocal(node.names)

    def _import(self, node: ast.Import) -> None:
        for alias in node.names:
            self.parts.append(f"{alias.name} {alias.asname}")
            self.imports.add(alias.name)
            self._names.update(alias.name.split("."))
            self._scope.stores.add(alias.asname or alias.name.partition(".")[0])

    def _import_from(self, node: ast.ImportFrom) -> None:
        module = "." * node.level + (node.module or "")
        self.parts.append(module)
        self.imports.add(module)
        self._names.update((node.module or "").split("."))
        for alias in node.names:
            self.parts.append(f"{alias.name} {alias.asname}")
            if alias.name != "*":
                self.imports.add(f"{module}{'' if module.endswith('.') else '.'}{alias.name}")
            self._names.add(alias.name)
            self._scope.stores.add(alias.asname or alias.name)

    # -- scopes ------------------------------------------------------------------------------------------------------

    def _function(self, node: Any) -> None:
        self.has_functions = True
        self.parts.append(node.name)
        self._scope.stores.add(node.name)
        self.header(node)
        if id(node) in self._taken:
            return
        self._inner(node.args, without_docstring(node.body))

    def header(self, node: Any) -> None:
        """A function's header: what is evaluated when it is defined, and how it is called."""
        self.parts.append(type(node).__name__)
        for decorator in node.decorator_list:
            if isinstance(decorator, ast.Attribute) and dotted(decorator.value) == node.name:
                self.parts.append(decorator.attr)  # the property that it is a part of
            else:
                self.read(decorator)
        self.parts.append("(")
        self._signature(node.args)
        if node.returns is not None:
            self._annotation(node.returns)
        self.statements(getattr(node, "type_params", ()))

    def _signature(self, arguments: ast.arguments) -> None:
        for group in (arguments.posonlyargs, arguments.args, arguments.kwonlyargs):
            self.parts.append(f"[{len(group)}")
            for argument in group:
                self.parts.append(argument.arg)
                if argument.annotation is not None:
                    self._annotation(argument.annotation)
        for wide in (arguments.vararg, arguments.kwarg):
            self.parts.append(wide.arg if wide else "-")
            if wide is not None and wide.annotation is not None:
                self._annotation(wide.annotation)
        for default in (*arguments.defaults, "|", *arguments.kw_defaults):
            self.read(default) if isinstance(default, ast.AST) else self.parts.append(str(default))

    def variable(self, node: ast.AnnAssign) -> None:
        """A module's variable with an annotation, which is looked at no more than those of functions are."""
        self.parts.append(type(node).__name__)
        self._annotation(node.annotation)
        if node.value is not None:
            self.in_place.binds(node.target, node.value, self._scope)
        self.statements(part for part in (node.target, node.value) if part is not None)

    def _annotation(self, node: ast.expr) -> None:
        if self._is_late:
            self.parts.append("late")
        if not self._is_header:
            self.read(node)
            return
        if self.hints is None:
            self.hints = Piece()
        before = len(self.hints.parts)
        self.hints.read(node)
        self.parts += self.hints.parts[before:]

    def _lambda(self, node: ast.Lambda) -> None:
        self.is_lazy = True
        self._signature(node.args)
        self._inner(node.args, [node.body])

    def _inner(
        self, arguments: ast.arguments | None, body: Iterable[ast.AST], local: bool = True, comprehension: bool = False
    ) -> None:
        self._scope = Scope(self._scope, local, comprehension)
        self._scopes.append(self._scope)
        if arguments is not None:
            self._scope.stores.update(parameters(arguments))
        self.statements(body)
        assert self._scope.parent is not None
        self._scope = self._scope.parent

    def _class(self, node: ast.ClassDef) -> None:
        self.parts.append(node.name)
        self._scope.stores.add(node.name)
        self.statements((*node.decorator_list, *node.bases, *node.keywords, *getattr(node, "type_params", ())))
        if id(node) in self._taken:
            return
        self._inner(None, without_docstring(node.body), local=False)

    def _comprehension(self, node: Any) -> None:
        self.is_lazy = self.is_lazy or isinstance(node, ast.GeneratorExp)
        # The first iterable is evaluated outside.
        self.read(node.generators[0].iter)
        rest: list[ast.AST] = []
        for generator in node.generators:
            self.in_place.fetches(generator.iter)
            rest += (generator.target, *generator.ifs)
            if generator is not node.generators[0]:
                rest.append(generator.iter)
        self.parts.append(str([generator.is_async for generator in node.generators]))
        results = (node.key, node.value) if isinstance(node, ast.DictComp) else (node.elt,)
        self._inner(None, [*rest, *results], comprehension=True)


def _is_self(node: ast.AST) -> bool:
    """An object's own `__dict__` holds what was set on it, and no definition."""
    return isinstance(node, ast.Name) and node.id == "self"


_READERS: dict[type, Any] = {
    ast.Name: Piece._name,
    ast.Attribute: Piece._attribute,
    ast.Subscript: Piece._subscript,
    ast.Compare: Piece._comparison,
    ast.If: Piece._condition,
    ast.For: Piece._loop,
    ast.Assign: Piece._assign,
    ast.AnnAssign: Piece._annotated,
    ast.NamedExpr: Piece._named,
    ast.AugAssign: Piece._add_to,
    ast.AsyncFor: Piece._loop,
    ast.Constant: Piece._constant,
    ast.keyword: Piece._keyword,
    ast.Assert: Piece._assertion,
    ast.Expr: Piece._expression,
    ast.Return: Piece._return,
    ast.Call: Piece._call,
    ast.Yield: Piece._yield,
    ast.YieldFrom: Piece._yield,
    ast.ExceptHandler: Piece._handler,
    ast.MatchAs: Piece._pattern,
    ast.MatchStar: Piece._pattern,
    ast.MatchMapping: Piece._pattern,
    ast.MatchClass: Piece._pattern,
    ast.Global: Piece._global,
    ast.Nonlocal: Piece._nonlocal,
    ast.Import: Piece._import,
    ast.ImportFrom: Piece._import_from,
    ast.Lambda: Piece._lambda,
    ast.ClassDef: Piece._class,
    **dict.fromkeys(_FUNCTIONS, Piece._function),
    **dict.fromkeys(_COMPREHENSIONS, Piece._comprehension),
}

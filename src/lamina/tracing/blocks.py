"""Cuts a module into blocks by its syntax tree: bodies of functions, definitions that are looked up by name, and effects.

A body is known to have run by its probe. A definition (a function's or class's header, an assignment, an imported name)
counts for those who mention its name. Effects are the statements whose execution may do anything: they count for whoever has
the module in reach. The model is described in docs/tracking.md.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from lamina.tracing.analysis import COMPUTED_EXPORTS, HEARS, LISTED, Analysis, Body, Definition, is_special
from lamina.tracing.docstrings import keeping_docstrings, tellers
from lamina.tracing.in_place import InPlace
from lamina.tracing.inert import (
    dotted,
    given_attributes,
    given_names,
    is_inert_decorator,
    is_of_class,
    is_overload,
    is_seen_by_class,
    made_by,
    made_for,
)
from lamina.tracing.module_names import annotates_late, assigned_names, imported
from lamina.tracing.reading import ANY, Piece, fingerprint, without_docstring
from lamina.tracing.recalling import Function, deciding, fills, only_checked
from lamina.tracing.remembering import containers_in, given_to_objects, memory_of
from lamina.tracing.surveying import of_libraries, survey
from lamina.tracing.walking import walk

__all__ = ["analyse", "cut"]

# Found by name by pytest, unittest or the interpreter, whoever else mentions them.
_FOUND_BY_OTHERS = frozenset(
    {
        "setup_module", "teardown_module", "setup_function", "teardown_function", "setUpModule", "tearDownModule",
        "load_tests", "pytestmark", "pytest_plugins", "collect_ignore", "collect_ignore_glob", "__getattr__", "__dir__",
        "__test__",
    }
)  # fmt: skip
_TAKES_ALL = re.compile(rb"\bimport\s*\*")
_OF_SUBCLASSES = "__init_subclass__"
# Behind the name of a function that is not there when the program runs: nobody can mention it.
_OF_TYPES = "@overload"


def analyse(source: bytes) -> Analysis:
    """The blocks of a module's source. Raises SyntaxError or ValueError when it can't be parsed."""
    return cut(ast.parse(source), source)[0]


def cut(tree: ast.Module, source: bytes) -> tuple[Analysis, list[Function]]:
    """The blocks, and for each body its function in `tree`, in the same order."""
    keeping = keeping_docstrings(tree, source)
    outside, modules = imported(tree)
    # A star import may give any of its names another meaning.
    of_libraries = frozenset[str]() if _TAKES_ALL.search(source) else outside
    telling = tellers(tree) if keeping else frozenset[int]()
    cutter = _Cutter(outside, modules, of_libraries, annotates_late(tree), keeping, telling)
    cutter.module(tree)
    return cutter.analysis(), cutter.functions


class _Cutter:
    """One pass over a module; it leaves the tree as it is."""

    def __init__(
        self, outside: frozenset[str], modules: frozenset[str], of_libraries: frozenset[str], is_late: bool,
        keeping_docs: frozenset[str], tellers: frozenset[int],
    ) -> None:  # fmt: skip
        self.functions: list[Function] = []
        self._keeping_docs = keeping_docs
        self._tellers = tellers
        self._outside = outside
        self._modules = modules
        self._of_libraries = of_libraries
        self._bodies: list[Body] = []
        self._definitions: list[Definition] = []
        self._taken: set[int] = set()
        self._is_late = is_late
        self._effects = self._piece()
        self._imports: set[str] = set()
        self._docs: list[str] = []
        self._seen: dict[str, int] = {}
        # What statements call, with what they give it.
        self._handed: list[tuple[str, tuple[str, ...]]] = []
        # By a class: attributes that hold a container for all its objects.
        self._common: dict[str, set[str]] = defaultdict(set)
        # By a class: attributes that its objects are given when they are made.
        self._given: dict[str, set[str]] = defaultdict(set)
        # Classes with `__init_subclass__`.
        self._hearing: set[str] = set()

    def analysis(self) -> Analysis:
        """What was found."""
        effects = self._effects
        mentions, bare = effects.names() if effects.parts else ((), ())
        return Analysis(
            tuple(self._bodies),
            tuple(self._definitions),
            effects.fingerprint if effects.parts else "",
            tuple(sorted(mentions)),
            tuple(sorted(self._imports | effects.imports)),
            fingerprint(self._docs),
            tuple(sorted(bare)),
            effects.made_up() if effects.parts else (),
            tuple(sorted(self._keeping_docs)),
            tuple(self._handed),
        )

    def _piece(self, local: bool = False, is_header: bool = False, tells_docs: bool = False) -> Piece:
        keeping_docs = frozenset[str]() if tells_docs else self._keeping_docs
        return Piece(local, self._taken, self._is_late, is_header, keeping_docs)

    def module(self, tree: ast.Module) -> None:
        """Everything."""
        self._doc(tree, "")
        for statement in without_docstring(tree.body):
            self._statement(statement)

    def _statement(self, node: ast.stmt) -> None:
        if isinstance(node, Function):
            self._function(node, "")
        elif isinstance(node, ast.ClassDef):
            self._class(node, "")
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            self._import(node)
        elif isinstance(node, (ast.Assign, ast.AnnAssign, ast.AugAssign)) and assigned_names(node):
            self._assignment(node)
        elif isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING"):
            # Type checkers read it; when the program runs, only what is behind its `else` counts.
            for statement in node.orelse:
                self._statement(statement)
        elif not isinstance(node, ast.Pass) and not _is_constant(node):
            self._cut_inner(node, "")
            self._effects.read(node)
            self._hands(node)

    # -- functions ---------------------------------------------------------------------------------------------------

    def _function(self, node: Function, outer: str, is_told: bool = True) -> None:
        """A function of the module, or a method of the class `outer`, whose header tells that it is there, or does not."""
        self._taken.add(id(node))
        header = self._piece(is_header=True)
        header.header(node)
        if is_overload(node):
            self._define(f"{node.name}{_OF_TYPES}", header)
            return
        unknown = [decorator for decorator in node.decorator_list if not is_inert_decorator(decorator)]
        makers = [dotted(decorator) for decorator in unknown]
        # A decorator may put the function into what it is given.
        is_test = node.name.startswith("test")
        given = {name for decorator in unknown for name in given_names(decorator) if not is_test}
        given -= self._modules | self._outside
        if outer and is_special(node.name) and not makers:
            self._hint(f"{outer}.{node.name}", header)
        else:
            doc = _docstring(node) if unknown else ""
            self._define(
                node.name, header, makers, given, is_member=bool(outer), owner=outer if is_told else "", doc=doc,
                called=made_for(node),
            )  # fmt: skip
        if node.name == _OF_SUBCLASSES:
            self._hearing.add(outer)
        autouse = any(dotted(decorator).endswith("fixture") for decorator in unknown)
        if autouse or (not outer and (node.name.startswith("pytest_") or node.name in _FOUND_BY_OTHERS)):
            self._effects.parts += ("def", node.name, *header.parts)
            self._effects.mention_as(header)
        self._body(node, outer)

    def _body(self, node: Function, outer: str) -> None:
        name = f"{outer}.{node.name}" if outer else node.name
        self._doc(node, name)
        piece = self._piece(local=True, tells_docs=id(node) in self._tellers)
        piece.in_place = InPlace(only_checked(node))
        piece.arguments(node.args)
        piece.statements(without_docstring(node.body))
        used = piece.mentions()
        # A change of its own header or of its class affects it. By the name `__doc__` docstrings are meant.
        own = [part for part in name.split(".") if part != "__doc__"]
        piece.mention_own([*own, *([name] if outer and is_special(node.name) else [])])
        if node.name.startswith("test") or any("fixture" in dotted(decorator) for decorator in node.decorator_list):
            # Parameters name fixtures.
            piece.mention(argument.arg for argument in (*node.args.args, *node.args.kwonlyargs))
        mentions, bare = piece.names()
        owner = outer.rpartition(".")[2]
        seen = survey(node, bool(outer), self._of_libraries, self._given[owner])
        decides = deciding(node, bare) if piece.in_place.branches else set[str]()
        memory = memory_of(node, piece, bool(outer), decides - self._modules, seen.wraps_given, self._common[owner])
        piece.in_place.makes(node, bool(outer))
        changed = piece.in_place.changes - {""}
        self._seen[name] = count = self._seen.get(name, 0) + 1
        self.functions.append(node)
        self._bodies.append(
            Body(
                name if count == 1 else f"{name}#{count}",
                piece.fingerprint,
                tuple(sorted(mentions)),
                tuple(sorted(piece.imports)),
                tuple(sorted(changed)),
                memory,
                tuple(sorted(bare)),
                piece.made_up(),
                _used_of_own(name, used, seen.makes_own),
                bool(outer) and is_of_class(node, outer.rpartition(".")[2]),
                tuple(sorted(decides)),
                tuple(sorted(piece.in_place.registers - self._modules - {""})),
                tuple(sorted(fills(node, changed & bare) if changed & bare else ())),
                tuple(sorted(seen.asked & mentions)),
                tuple(sorted(seen.wrapped)),
                seen.calls_given,
                tuple(sorted(seen.of_libraries & mentions)),
                piece.in_place.gives(bare),
                tuple(sorted(piece.in_place.kept_in_results(node))),
            )
        )

    # -- classes -----------------------------------------------------------------------------------------------------

    def _class(self, node: ast.ClassDef, outer: str) -> None:
        self._taken.add(id(node))
        name = f"{outer}.{node.name}" if outer else node.name
        header = self._piece(is_header=True)
        header.statements((*node.decorator_list, *node.bases, *node.keywords, *getattr(node, "type_params", ())))
        members: list[str] = []
        ancestors = [dotted(base).rpartition(".")[2] for base in node.bases]
        self._common[node.name] = containers_in(node).union(*(self._common[base] for base in ancestors))
        self._given[node.name] = given_to_objects(node).union(*(self._given[base] for base in ancestors))
        is_plain = not (node.bases or node.keywords or node.decorator_list)
        for statement in without_docstring(node.body):
            self._member(statement, name, header, members, is_plain)
        header.parts += sorted(member for member in members if _is_told(member, is_plain))
        self._doc(node, name)
        bases = [dotted(base) for base in node.bases if dotted(base).partition(".")[0] not in self._outside]
        decorators = [dotted(decorator) for decorator in node.decorator_list if not is_inert_decorator(decorator)]
        keywords = [dotted(keyword.value) for keyword in node.keywords]
        doc = _docstring(node) if decorators or bases or keywords else ""
        based_on = {base.rpartition(".")[2] for base in bases}
        if decorators or name in self._hearing or any(key.partition(".")[0] not in self._outside for key in keywords):
            based_on.add(HEARS)
        self._imports |= header.imports
        also = {outer.rpartition(".")[2]} | self._roots(bases)
        # A special method's header is a part of its class's.
        special = [member for member in node.body if isinstance(member, Function) and is_special(member.name)]
        called = [name for header_node in (node, *special) for name in made_for(header_node)]
        self._define(
            node.name, header, [*decorators, *keywords], also, is_member=True, bases=tuple(sorted(based_on)), doc=doc,
            called=called,
        )  # fmt: skip

    def _member(self, node: ast.stmt, outer: str, header: Piece, members: list[str], is_plain: bool) -> None:
        if isinstance(node, Function):
            members += [node.name] if node.name not in members else []
            if is_overload(node):
                self._function(node, outer)
                return
            if node.name.startswith("__"):  # found through the class
                header.parts.append(node.name)
                header.header(node)
            elif not (is_plain or node.name.startswith("test")):
                marks = [decorator for decorator in node.decorator_list if is_seen_by_class(decorator)]
                header.parts += [node.name] if marks else []
                header.statements(marks)
            self._function(node, outer, is_told=_is_told(node.name, is_plain))
        elif isinstance(node, ast.ClassDef):
            members.append(node.name)
            self._class(node, outer)
        elif not isinstance(node, ast.Pass) and not _is_constant(node):
            self._cut_inner(node, outer)
            targets = assigned_names(node)
            members += targets
            if _OF_SUBCLASSES in targets:
                self._hearing.add(outer)
            for target in targets:
                piece = self._piece()
                piece.read(node)
                value = getattr(node, "value", None)
                self._define(target, piece, made_by(value), is_value=True, is_member=True, owner=outer, value=value)
            header.read(node)
            if isinstance(node, ast.Expr):
                self._effects.parts.append(outer)
                self._effects.read(node)

    # -- other statements --------------------------------------------------------------------------------------------

    def _import(self, node: ast.Import | ast.ImportFrom) -> None:
        piece = Piece()
        piece.read(node)
        self._imports |= piece.imports
        module = "." * node.level + (node.module or "") if isinstance(node, ast.ImportFrom) else ""
        for alias in node.names:
            name = alias.asname or (alias.name if module else alias.name.partition(".")[0])
            mentions = sorted({*alias.name.split("."), *module.split(".")} - {"", name})
            if name == ANY:
                mentions.append(COMPUTED_EXPORTS)
            self._definitions.append(
                Definition(
                    name,
                    fingerprint(["import", module, alias.name, str(alias.asname)]),
                    tuple(mentions),
                    is_value=bool(module) and alias.asname not in (None, alias.name),
                    origin=f"{module}:{alias.name}" if module else f"{alias.name}:",
                )
            )

    def _assignment(self, node: Any) -> None:
        piece = self._assign(node)
        targets = assigned_names(node)
        if "__all__" in targets:
            self._exports(node.value, piece)
        if not _FOUND_BY_OTHERS.isdisjoint(targets):
            self._effects.parts += piece.parts
            self._effects.mention_as(piece)
        self._imports |= piece.imports

    def _assign(self, node: Any) -> Piece:
        """Defines the variables that get a value; gives what was read."""
        piece = self._piece(is_header=True)
        if isinstance(node, ast.AnnAssign):
            piece.variable(node)
        else:
            piece.read(node)
        for target in assigned_names(node):
            if target != "__all__":
                self._define(target, piece, made_by(node.value), is_value=True, value=node.value)
        return piece

    def _exports(self, value: ast.expr | None, piece: Piece) -> None:
        """What a star import brings: a name that is listed anew, or no more, counts as one that changed. The list itself stays
        the same, whatever becomes of what it names."""
        names = value.elts if isinstance(value, (ast.List, ast.Tuple)) else [None]
        if all(isinstance(name, ast.Constant) and isinstance(name.value, str) for name in names):
            self._definitions.append(Definition("__all__", piece.fingerprint, (), is_value=True))
            self._definitions += [Definition(name.value, LISTED, ()) for name in names]  # type: ignore[union-attr]
        else:
            self._define("__all__", piece, made_by(value), is_value=True)
            self._define(COMPUTED_EXPORTS, piece)

    def _cut_inner(self, node: ast.AST, outer: str) -> None:
        """Takes functions and classes out of a compound statement, whose fingerprint is then that of the rest."""
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            inner = getattr(node, field, None)
            for statement in inner if isinstance(inner, list) else ():
                if isinstance(statement, Function):
                    self._function(statement, outer)
                elif isinstance(statement, ast.ClassDef):
                    self._class(statement, outer)
                else:
                    self._leads(statement, outer)
                    self._cut_inner(statement, outer)

    def _hands(self, node: ast.stmt) -> None:
        """What a statement of the module hands to a function or method, which may put it somewhere."""
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = dotted(node.value.func).rpartition(".")[2]
            given = [*node.value.args, *(keyword.value for keyword in node.value.keywords)]
            names = {getattr(part, "id", getattr(part, "attr", "")) for one in given for part in walk(one)} - {""}
            if called and names:
                self._handed.append((called, tuple(sorted(names))))

    def _leads(self, node: ast.stmt, outer: str) -> None:
        """What names in a compound statement of the module stand for. That they change is a change of the statement."""
        if outer or not isinstance(node, (ast.Assign, ast.AnnAssign)) or node.value is None:
            return
        before = len(self._definitions)
        self._assign(node)
        found = self._definitions[before:]
        self._definitions[before:] = [one._replace(fingerprint="", also=()) for one in found]

    def _define(
        self, name: str, piece: Piece, makers: list[str] | tuple[()] = (), also: set[str] | None = None,
        is_value: bool = False, is_member: bool = False, bases: tuple[str, ...] | None = None, owner: str = "",
        doc: str = "", called: Iterable[str] = (), value: ast.expr | None = None,
    ) -> None:  # fmt: skip
        """`makers` are dotted names of what runs to make it, `called` of what is called besides, `value` is what a variable gets,
        `also` what changes with it besides the variables they start from. The names that the piece binds on its way are defined by
        it as well."""
        mentions, bare = piece.names()
        hints: set[str] = set()
        if piece.hints is not None:
            hints, bare_hints = piece.hints.names()
            bare = (bare | bare_hints) - (mentions - bare) - (hints - bare_hints)
            if not is_value and (makers if bases is None else HEARS in bases):  # a decorator may look at annotations
                mentions |= hints
        changed = ((also or set()) | self._roots(makers)) - {"", "?", name}
        calls = {maker.rpartition(".")[2] for maker in (*makers, *called)} - {"", "?"}
        defined = Definition(
            name,
            piece.fingerprint,
            tuple(sorted(mentions)),
            tuple(sorted(changed)),
            tuple(sorted(calls)),
            is_value,
            tuple(sorted(bare)),
            is_member=is_member,
            made_up=piece.made_up(),
            bases=bases,
            hints=tuple(sorted(hints - mentions)) if bases is None else (),
            is_lazy=piece.is_lazy,
            owner=owner.rpartition(".")[2],
            doc=doc,
            given=tuple(sorted(given_attributes(value))),
            of_libraries=tuple(sorted(of_libraries(value, self._of_libraries))),
        )
        self._definitions.append(defined)
        self._definitions += [
            defined._replace(name=other, is_value=True, bases=None, doc="") for other in sorted(piece.named - {name})
        ]

    def _roots(self, makers: Iterable[str]) -> set[str]:
        """The variables that they start from, which may be changed by them."""
        return {maker.partition(".")[0] for maker in makers if "." in maker} - self._modules - self._outside

    def _hint(self, name: str, header: Piece) -> None:
        """A special method, whose header is a part of its class's."""
        hints = header.hints
        if hints is not None:
            mentions, bare = hints.names()
            self._definitions.append(Definition(name, "", (), bare=tuple(sorted(bare)), hints=tuple(sorted(mentions))))

    def _doc(self, node: Any, name: str) -> None:
        docstring = ast.get_docstring(node, clean=False)
        if docstring is not None:
            self._docs += (name, docstring)


def _used_of_own(name: str, mentions: set[str], makes_own: bool) -> tuple[str, ...]:
    """Of its own name and its classes' those that the body uses; it may make objects of its class without naming it."""
    parts = name.split(".")
    return tuple(part for part in parts if part in mentions or (makes_own and part is not parts[-1]))


def _docstring(node: Any) -> str:
    return fingerprint([ast.get_docstring(node, clean=False) or ""])


def _is_told(member: str, is_plain: bool) -> bool:
    """Whether a class's header says that it has this member. A test that is added to a class concerns no other one; a private
    method of a class without bases only those who mention it. Any other one may be called by code that is not the project's."""
    return not member.startswith("test") and not (is_plain and _is_private(member))


def _is_private(name: str) -> bool:
    """Whether nobody else is likely to call it; names such as `_repr_html_` and `_asdict` are agreed on."""
    return name.startswith("_") and not name.endswith("_") and name not in ("_asdict", "_replace", "_make")


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)

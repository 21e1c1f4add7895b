"""Cuts a module into blocks by its syntax tree: bodies of functions, definitions that are looked up by name, and effects.

A body is known to have run by its probe. A definition (a function's or class's header, an assignment, an imported name)
counts for those who mention its name. Effects are the statements whose execution may do anything: they count for whoever has
the module in reach. The model is described in docs/tracking.md.
"""

from __future__ import annotations

import ast
import builtins
import sys
from typing import Any, NamedTuple

from lamina.tracing.inert import dotted, is_inert_decorator, made_by, may_remember
from lamina.tracing.reading import ANY, Piece, fingerprint, without_docstring

__all__ = ["COMPUTED_EXPORTS", "EMPTY", "GENERATOR", "LISTED", "Analysis", "Body", "Definition", "analyse", "cut"]

Function = ast.FunctionDef | ast.AsyncFunctionDef
# Found by name by pytest, unittest or the interpreter, whoever else mentions them.
_FOUND_BY_OTHERS = frozenset(
    {
        "setup_module", "teardown_module", "setup_function", "teardown_function", "setUpModule", "tearDownModule",
        "load_tests", "pytestmark", "pytest_plugins", "collect_ignore", "collect_ignore_glob", "__getattr__", "__dir__",
        "__test__",
    }
)  # fmt: skip


class Body(NamedTuple):
    """A function's body; `name` is its qualified name, with "#2" and so on behind it when it is defined again. `changes`
    are names of what it may change in place. `memory` says how earlier calls may spare a later one its work: "inside" or
    "self" when the body itself keeps what it computed (globally, or in its object), "generator" when it may go on where
    another test left it, and the dotted names of the decorators that may; joined by spaces. `bare` are the mentions that are
    looked up in the module itself, and nowhere else; `made_up` is as in `Piece`."""

    name: str
    fingerprint: str
    mentions: tuple[str, ...]
    imports: tuple[str, ...]
    changes: tuple[str, ...] = ()
    memory: str = ""
    bare: tuple[str, ...] = ()
    made_up: tuple[str, ...] = ()


class Definition(NamedTuple):
    """Something that is looked up by `name`. When it changes, so do the names `also`, and what is changed in place by the
    functions and classes named in `calls`, which run when it is made (decorators, base classes, makers of a value).
    `is_value` says that it is what the name stands for, not the header of something. `bare` is as in `Body`. What is imported
    from a module has that and the name there for its `origin`, with a colon between; of a module there is no name. Classes and
    what they have (`is_member`) are found through objects, the rest only through its module."""

    name: str
    fingerprint: str
    mentions: tuple[str, ...]
    also: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()
    is_value: bool = False
    bare: tuple[str, ...] = ()
    origin: str = ""
    is_member: bool = False


class Analysis(NamedTuple):
    """A module in blocks. `imports` are those that run when the module is imported; `docs` is of all docstrings."""

    bodies: tuple[Body, ...]
    definitions: tuple[Definition, ...]
    effects: str
    effect_mentions: tuple[str, ...]
    imports: tuple[str, ...]
    docs: str
    effect_bare: tuple[str, ...] = ()
    effect_made_up: tuple[str, ...] = ()


# The fingerprint of a name in `__all__`, and the name that stands for an `__all__` which is not a plain list of names.
LISTED = "listed"
COMPUTED_EXPORTS = "__all__ computed"
GENERATOR = "generator"
EMPTY = Analysis((), (), "", (), (), "")


def analyse(source: bytes) -> Analysis:
    """The blocks of a module's source. Raises SyntaxError or ValueError when it can't be parsed."""
    return cut(ast.parse(source))[0]


def cut(tree: ast.Module) -> tuple[Analysis, list[Function]]:
    """The blocks, and for each body its function in `tree`, in the same order."""
    cutter = _Cutter(*_imported(tree))
    cutter.module(tree)
    return cutter.analysis(), cutter.functions


class _Cutter:
    """One pass over a module; it leaves the tree as it is."""

    def __init__(self, outside: frozenset[str], modules: frozenset[str]) -> None:
        self.functions: list[Function] = []
        self._outside = outside
        self._modules = modules
        self._bodies: list[Body] = []
        self._definitions: list[Definition] = []
        self._taken: set[int] = set()
        self._effects = Piece(taken=self._taken)
        self._imports: set[str] = set()
        self._docs: list[str] = []
        self._seen: dict[str, int] = {}

    def analysis(self) -> Analysis:
        """What was found."""
        effects = self._effects
        return Analysis(
            tuple(self._bodies),
            tuple(self._definitions),
            effects.fingerprint if effects.parts else "",
            tuple(sorted(effects.mentions())) if effects.parts else (),
            tuple(sorted(self._imports | effects.imports)),
            fingerprint(self._docs),
            tuple(sorted(effects.bare())) if effects.parts else (),
            effects.made_up() if effects.parts else (),
        )

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

    # -- functions ---------------------------------------------------------------------------------------------------

    def _function(self, node: Function, outer: str) -> None:
        """A function of the module, or a method of the class `outer`."""
        self._taken.add(id(node))
        header = Piece()
        header.header(node)
        unknown = [decorator for decorator in node.decorator_list if not is_inert_decorator(decorator)]
        if unknown:
            header.parts.append(ast.get_docstring(node, clean=False) or "")
        self._define(node.name, header, [dotted(decorator) for decorator in unknown], is_member=bool(outer))
        autouse = any(dotted(decorator).endswith("fixture") for decorator in unknown)
        if autouse or (not outer and (node.name.startswith("pytest_") or node.name in _FOUND_BY_OTHERS)):
            self._effects.parts += ("def", node.name, *header.parts)
            self._effects.mention_as(header)
        self._body(node, outer)

    def _body(self, node: Function, outer: str) -> None:
        name = f"{outer}.{node.name}" if outer else node.name
        self._doc(node, name)
        piece = Piece(local=True)
        piece.arguments(node.args)
        piece.statements(without_docstring(node.body))
        # A change of its own header or of its class affects it.
        piece.mention_own(name.split("."))
        if node.name.startswith("test") or any("fixture" in dotted(decorator) for decorator in node.decorator_list):
            # Parameters name fixtures.
            piece.mention(argument.arg for argument in (*node.args.args, *node.args.kwonlyargs))
        self._seen[name] = count = self._seen.get(name, 0) + 1
        self.functions.append(node)
        self._bodies.append(
            Body(
                name if count == 1 else f"{name}#{count}",
                piece.fingerprint,
                tuple(sorted(piece.mentions())),
                tuple(sorted(piece.imports)),
                tuple(sorted(piece.changes - {""})),
                _memory(node, piece),
                tuple(sorted(piece.bare())),
                piece.made_up(),
            )
        )

    # -- classes -----------------------------------------------------------------------------------------------------

    def _class(self, node: ast.ClassDef, outer: str) -> None:
        self._taken.add(id(node))
        name = f"{outer}.{node.name}" if outer else node.name
        header = Piece(taken=self._taken)
        header.statements((*node.decorator_list, *node.bases, *node.keywords, *getattr(node, "type_params", ())))
        members: list[str] = []
        for statement in without_docstring(node.body):
            self._member(statement, name, header, members)
        # A test that is added to a class concerns no other one; a private method of a class without bases only those who
        # mention it. Any other one may be called by code that is not the project's.
        is_plain = not (node.bases or node.keywords or node.decorator_list)
        header.parts += sorted(
            member for member in members if not member.startswith("test") and not (is_plain and _is_private(member))
        )
        self._doc(node, name)
        bases = [dotted(base) for base in node.bases if dotted(base).partition(".")[0] not in self._outside]
        makers = [dotted(decorator) for decorator in node.decorator_list if not is_inert_decorator(decorator)]
        makers += [*bases, *(dotted(keyword.value) for keyword in node.keywords)]
        if makers:
            header.parts.append(ast.get_docstring(node, clean=False) or "")
        also = {base.rpartition(".")[2] for base in bases} | ({outer.rpartition(".")[2]} if outer else set())
        self._imports |= header.imports
        self._define(node.name, header, makers, also, is_member=True)

    def _member(self, node: ast.stmt, outer: str, header: Piece, members: list[str]) -> None:
        if isinstance(node, Function):
            members.append(node.name)
            if node.name.startswith("__"):
                header.parts.append(node.name)
                header.header(node)
            self._function(node, outer)
        elif isinstance(node, ast.ClassDef):
            members.append(node.name)
            self._class(node, outer)
        elif not isinstance(node, ast.Pass) and not _is_constant(node):
            self._cut_inner(node, outer)
            targets = assigned_names(node)
            members += targets
            for target in targets:
                piece = Piece(taken=self._taken)
                piece.read(node)
                self._define(target, piece, made_by(getattr(node, "value", None)), is_value=True, is_member=True)
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
        piece = Piece()
        piece.read(node)
        targets = assigned_names(node)
        for target in targets:
            if target != "__all__":
                self._define(target, piece, made_by(node.value), is_value=True)
        if "__all__" in targets:
            self._exports(node.value, piece)
        if not _FOUND_BY_OTHERS.isdisjoint(targets):
            self._effects.parts += piece.parts
            self._effects.mention_as(piece)
        self._imports |= piece.imports

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
                    self._cut_inner(statement, outer)

    def _define(
        self, name: str, piece: Piece, makers: list[str] | tuple[()] = (), also: set[str] | None = None,
        is_value: bool = False, is_member: bool = False,
    ) -> None:  # fmt: skip
        """`makers` are dotted names of what runs to make it; the variables that they start from may be changed by that."""
        roots = {maker.partition(".")[0] for maker in makers if "." in maker} - self._modules - self._outside
        changed = ((also or set()) | roots) - {"", "?", name}
        calls = {maker.rpartition(".")[2] for maker in makers} - {"", "?"}
        self._definitions.append(
            Definition(
                name,
                piece.fingerprint,
                tuple(sorted(piece.mentions())),
                tuple(sorted(changed)),
                tuple(sorted(calls)),
                is_value,
                tuple(sorted(piece.bare())),
                is_member=is_member,
            )
        )

    def _doc(self, node: Any, name: str) -> None:
        docstring = ast.get_docstring(node, clean=False)
        if docstring is not None:
            self._docs += (name, docstring)


def assigned_names(node: ast.stmt) -> list[str]:
    """The names that an assignment gives a value; empty for anything else, also when it assigns to anything else."""
    if isinstance(node, ast.Assign):
        targets = node.targets
    elif isinstance(node, (ast.AnnAssign, ast.AugAssign)):
        targets = [node.target]
    else:
        return []
    names: list[str] = []
    for target in targets:
        for single in target.elts if isinstance(target, (ast.Tuple, ast.List)) else (target,):
            if isinstance(single, ast.Starred):
                single = single.value
            if not isinstance(single, ast.Name):
                return []
            names.append(single.id)
    return names


def _memory(node: Function, piece: Piece) -> str:
    first = [*node.args.posonlyargs, *node.args.args][:1]
    kept = piece.memory(first[0].arg if first else "")
    if kept == "self" and node.name in ("__init__", "__new__"):  # a new object remembers nothing
        kept = ""
    if not (kept or node.decorator_list) and any(
        isinstance(inner, (ast.Yield, ast.YieldFrom)) for inner in ast.walk(node)
    ):
        return GENERATOR
    decorators = [dotted(decorator) for decorator in node.decorator_list if may_remember(decorator)]
    return " ".join([*([kept] if kept else []), *decorators])


def _is_private(name: str) -> bool:
    """Whether nobody else is likely to call it; names such as `_repr_html_` and `_asdict` are agreed on."""
    return name.startswith("_") and not name.endswith("_") and name not in ("_asdict", "_replace", "_make")


def _is_constant(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _imported(tree: ast.Module) -> tuple[frozenset[str], frozenset[str]]:
    """Names at module level that stand for things of the standard library (or builtins), and names of modules."""
    outside, modules = set(dir(builtins)), set()
    own: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                modules.add(name)
                (outside if alias.name.partition(".")[0] in sys.stdlib_module_names else own).add(name)
        elif isinstance(node, ast.ImportFrom):
            library = not node.level and (node.module or "").partition(".")[0] in sys.stdlib_module_names
            (outside if library else own).update(alias.asname or alias.name for alias in node.names)
        else:
            own.update(assigned_names(node))
            own.update([node.name] if isinstance(node, (*_DEFINING,)) else ())
    return frozenset(outside - own), frozenset(modules)


_DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)

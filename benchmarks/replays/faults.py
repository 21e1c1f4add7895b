"""Single faults in functions that the tests execute: chosen by a seed, put into the source text, and nothing else changed."""

from __future__ import annotations

import ast
import json
import random
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass

from replays.trees import Bench

_FLIPPED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
_REMOVABLE = (ast.Assign, ast.AugAssign, ast.Delete, ast.Raise, ast.Assert, ast.Expr)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Fault:
    """A replacement of source text; begin and end are (line from 1, byte in the line)."""

    path: str
    function: str
    change: str
    begin: tuple[int, int]
    end: tuple[int, int]
    text: str

    @property
    def title(self) -> str:
        """Where it is and what it does."""
        return f"{self.path}:{self.begin[0]} {self.function}: {self.change}"

    def apply(self, source: bytes) -> bytes:
        """The source with the fault in it."""
        lines = source.splitlines(keepends=True)
        starts = [0]
        for line in lines:
            starts.append(starts[-1] + len(line))
        begin, end = (starts[line - 1] + column for line, column in (self.begin, self.end))
        return source[:begin] + self.text.encode() + source[end:]


def choose(bench: Bench, executed: dict[str, list[int]], count: int, seed: int) -> list[Fault]:
    """`count` faults, each in a function of its own choosing, of which at least one line was executed."""
    functions = [
        (path, function)
        for path in bench.sources()
        if path in executed
        for function in _functions((bench.tree("pytest") / path).read_bytes(), set(executed[path]))
    ]
    chooser = random.Random(seed)
    chosen: dict[str, Fault] = {}
    for _ in range(count * 50):
        if len(chosen) == count or not functions:
            break
        path, function = chooser.choice(functions)
        candidates = list(_faults(path, function))
        if candidates:
            fault = chooser.choice(candidates)
            if _compiles(fault.apply((bench.tree("pytest") / path).read_bytes())):
                chosen.setdefault(fault.title, fault)
    return list(chosen.values())


def executed_lines(bench: Bench) -> dict[str, list[int]]:
    """Lines of each of the project's modules that its tests execute, by a run under coverage."""
    stored = bench.folder / "executed.json"
    if not stored.exists():
        settings = bench.folder / "coverage.ini"
        settings.write_text("[run]\nrelative_files = true\n")
        folder, environment = bench.tree("pytest"), bench.environment("pytest")
        command = [str(bench.python), "-m", "coverage"]
        places = [f"--rcfile={settings}", f"--data-file={bench.folder / 'coverage.data'}"]
        sources = ",".join(bench.project.sources)
        tests = ["-m", "pytest", "-q", "-p", "no:pytest-testmon", "-p", "no:xdist", *bench.project.arguments]
        subprocess.run(
            [*command, "run", *places, f"--source={sources}", *tests], cwd=folder, env=environment, capture_output=True
        )
        subprocess.run(
            [*command, "json", *places, "-o", str(stored)], cwd=folder, env=environment, check=True, capture_output=True
        )
    files = json.loads(stored.read_text())["files"]
    return {path: found["executed_lines"] for path, found in files.items()}


def _functions(source: bytes, executed: set[int]) -> Iterator[_Function]:
    """Functions of which a line after the header was executed; those inside another one are part of it."""
    pending: list[ast.AST] = [ast.parse(source)]
    while pending:
        node = pending.pop(0)
        if isinstance(node, _Function):
            if executed.intersection(range(node.body[0].lineno, (node.end_lineno or node.lineno) + 1)):
                yield node
        else:
            pending.extend(ast.iter_child_nodes(node))


def _faults(path: str, function: _Function) -> Iterator[Fault]:
    """Everything that can be made wrong in it, docstrings and annotations left alone."""
    for statement in function.body:
        for node in _nodes(statement):
            for change, text in _changes(node):
                begin = (node.lineno, node.col_offset)
                end = (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
                yield Fault(path, function.name, change, begin, end, text)


def _nodes(root: ast.AST) -> Iterator[ast.expr | ast.stmt]:
    """Expressions and statements at and below `root`, except where a change would show in no outcome or not be valid."""
    if isinstance(root, ast.JoinedStr) or (isinstance(root, ast.Expr) and isinstance(root.value, ast.Constant)):
        return
    if isinstance(root, (ast.expr, ast.stmt)):
        yield root
    for name, value in ast.iter_fields(root):
        if name in ("annotation", "returns", "type_comment", "type_params"):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST):
                yield from _nodes(child)


def _changes(node: ast.expr | ast.stmt) -> Iterator[tuple[str, str]]:
    """What can be put in the node's place: a description, and the text."""
    match node:
        case ast.Constant(value=bool() as value):
            yield f"{value} for {not value}", repr(not value)
        case ast.Constant(value=int() | float() as value):
            yield f"{value + 1} instead of {value}", repr(value + 1)
        case ast.Constant(value=str() as value):
            yield f"another text than {value[:20]!r}", repr(value + "?")
        case ast.Compare(ops=[operator]):
            flipped = ast.Compare(node.left, [_FLIPPED[type(operator)]()], node.comparators)
            yield "comparison flipped", f"({ast.unparse(flipped)})"
        case ast.Return(value=ast.expr() as value) if not (isinstance(value, ast.Constant) and value.value is None):
            yield "returns None", "return None"
        case _:
            pass
    if isinstance(node, _REMOVABLE):
        yield "statement removed", "pass"


def _compiles(source: bytes) -> bool:
    try:
        compile(source, "fault", "exec")
    except (SyntaxError, ValueError):
        return False
    return True

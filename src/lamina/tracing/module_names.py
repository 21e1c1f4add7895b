"""Names at the level of a module: what assignments give a value, what imports bring."""

from __future__ import annotations

import ast
import builtins
import sys

__all__ = ["DEFINING", "annotates_late", "assigned_names", "imported"]

DEFINING = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


def annotates_late(tree: ast.Module) -> bool:
    """Whether annotations are kept as text (`from __future__ import annotations`)."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "__future__"
        and any(alias.name == "annotations" for alias in node.names)
        for node in tree.body
    )


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


def imported(tree: ast.Module) -> tuple[frozenset[str], frozenset[str]]:
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
            own.update([node.name] if isinstance(node, DEFINING) else ())
    return frozenset(outside - own), frozenset(modules)

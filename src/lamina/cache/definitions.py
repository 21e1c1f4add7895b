"""What kind of thing a name stands for in a module's source."""

from __future__ import annotations

import ast

from lamina.tracing.module_names import assigned_names

__all__ = ["kind_of_name"]


def kind_of_name(source: bytes | None, name: str) -> str:
    """In words that fit before the name: "header of", "class", "constant", "import of"; "definition of" when it is not
    there, or nothing of these."""
    if name == "__doc__":
        return "docstrings,"
    try:
        tree = ast.parse(source or b"")
    except (SyntaxError, ValueError, RecursionError):
        return "definition of"
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == name:
            return "header of"
        if isinstance(node, ast.ClassDef) and node.name == name:
            return "class"
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            if any((alias.asname or alias.name.partition(".")[0]) == name for alias in node.names):
                return "import of"
        elif isinstance(node, ast.stmt) and name in assigned_names(node):
            return "constant" if name.isupper() else "value of"
    return "definition of"

"""The project's files that a module is made of: its own, and those that it imports, by what is written in them.

Found without importing anything: a template that is there already is used without running the function that made it, and
a test depends on that function all the same.
"""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from importlib.machinery import ModuleSpec, PathFinder
from importlib.util import find_spec, resolve_name

from lamina.databases.errors import NoDatabaseError

__all__ = ["files_in_reach"]


def files_in_reach(root: str, module: str) -> list[str]:
    """Sorted paths from the root; raises NoDatabaseError when the module is not found."""
    files: set[str] = set()
    seen: set[str] = set()
    waiting = [module]
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        chain = list(_chain(root, name))
        if name == module and (not chain or chain[-1].name != module):
            raise NoDatabaseError(f"{module}: there is no module of this name in the project or installed")
        for spec in chain:
            path = _own_file(root, spec)
            if path is not None and path not in files:
                files.add(path)
                package = spec.name if spec.submodule_search_locations is not None else spec.name.rpartition(".")[0]
                waiting += _imports(os.path.join(root, path), package)
    return sorted(files)


def _chain(root: str, name: str) -> Iterator[ModuleSpec]:
    """The packages around a module and itself, as far as they are found."""
    parts = name.split(".")
    path: list[str] | None = [root, *sys.path]
    for depth in range(len(parts)):
        full = ".".join(parts[: depth + 1])
        spec = PathFinder.find_spec(full, path)
        if spec is None and depth == 0:
            try:
                spec = find_spec(full)  # built in, or found by a hook of an editable install
            except (ImportError, ValueError):
                return
        if spec is None:
            return
        yield spec
        locations = spec.submodule_search_locations
        if locations is None:
            return
        path = list(locations)


def _own_file(root: str, spec: ModuleSpec) -> str | None:
    origin = spec.origin or ""
    if not origin.endswith(".py") or "site-packages" in origin or not origin.startswith(os.path.join(root, "")):
        return None
    return os.path.relpath(origin, root)


def _imports(file: str, package: str) -> list[str]:
    """The modules that a file may import, relative names resolved; a name imported from a package may be a module."""
    try:
        with open(file, "rb") as stream:
            tree = ast.parse(stream.read())
    except (OSError, SyntaxError, ValueError):
        return []
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            try:
                base = resolve_name("." * node.level + (node.module or ""), package) if node.level else node.module
            except ImportError:
                continue
            found += [f"{base}.{alias.name}" for alias in node.names]
    return found

"""The few of pytest's settings that say which files are test files, read without pytest.

Only what stands in the project's own configuration file is seen; an `-o` in `addopts` is not.
"""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable
from typing import Any

from lamina.sources.stored_files import read_text

__all__ = ["CONFIGURATION_FILES", "read", "test_file_rule", "test_name_rule"]

# In pytest's order: the first that holds a section for it is the one.
CONFIGURATION_FILES = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
_PYTHON_FILES = ["test_*.py", "*_test.py"]
_NO_RECURSE = ["*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}"]


def read(root: str) -> dict[str, Any]:
    """`python_files`, `testpaths`, `norecursedirs` as lists, and whether doctests are collected too (`doctests`)."""
    section = _section(root)
    return {
        "python_files": _words(section, "python_files") or _PYTHON_FILES,
        "testpaths": [path.strip("/") for path in _words(section, "testpaths")],
        "norecursedirs": _words(section, "norecursedirs") or _NO_RECURSE,
        "doctests": any(word.startswith("--doctest-") for word in _words(section, "addopts")),
    }


def test_file_rule(settings: dict[str, Any]) -> Callable[[str], bool]:
    """Says of a path from the root whether pytest would collect it as a test file."""
    names = [pattern for pattern in settings["python_files"] if "/" not in pattern]
    paths = [pattern for pattern in settings["python_files"] if "/" in pattern]
    name_rule = _any_of(names)
    path_rule = _any_of([pattern if pattern.startswith("/") else f"*/{pattern}" for pattern in paths])
    no_recurse = _any_of([pattern for pattern in settings["norecursedirs"] if "/" not in pattern])
    starts = tuple(f"{path}/" for path in settings["testpaths"] if not _is_pattern(path) and path != ".")
    starting = _any_of([f"{path}/*" for path in settings["testpaths"] if _is_pattern(path)])
    everywhere = not settings["testpaths"] or "." in settings["testpaths"]
    files = frozenset(settings["testpaths"])

    def is_test_file(path: str) -> bool:
        folder, _, name = path.rpartition("/")
        if not name.endswith(".py") or not (name_rule(name) or (paths and path_rule(f"/{path}"))):
            return False
        if not everywhere and not path.startswith(starts) and not starting(path) and path not in files:
            return False
        return not any(no_recurse(part) for part in folder.split("/"))

    return is_test_file


def test_name_rule(settings: dict[str, Any]) -> Callable[[str], bool]:
    """Says of a module's name whether it could be a test file's."""
    rule = _any_of([pattern.rpartition("/")[2] for pattern in settings["python_files"]])
    return lambda name: rule(f"{name}.py")


def _any_of(patterns: list[str]) -> Callable[[str], bool]:
    if not patterns:
        return lambda text: False
    import fnmatch

    match = re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns)).match
    return lambda text: match(text) is not None


def _is_pattern(path: str) -> bool:
    return any(character in path for character in "*?[")


def _words(section: dict[str, Any], key: str) -> list[str]:
    value = section.get(key, "")
    if isinstance(value, list):
        return [str(word) for word in value]
    try:
        return shlex.split(str(value), comments=False)
    except ValueError:
        return str(value).split()


def _section(root: str) -> dict[str, Any]:
    for name in CONFIGURATION_FILES:
        text = read_text(os.path.join(root, name))
        if text is None:
            continue
        section = _from_toml(name, text) if name.endswith(".toml") else _from_ini(name, text)
        if section is not None:
            return section
    return {}


def _from_toml(name: str, text: str) -> dict[str, Any] | None:
    import tomllib

    try:
        data = tomllib.loads(text)
    except ValueError:  # pytest itself will say what is wrong with it
        return None
    tool = data if name.endswith("pytest.toml") else data.get("tool", {})
    section = tool.get("pytest")
    if not isinstance(section, dict):
        return {} if name.endswith("pytest.toml") else None
    return section.get("ini_options", section)


def _from_ini(name: str, text: str) -> dict[str, Any] | None:
    import configparser

    parser = configparser.RawConfigParser(strict=False, allow_no_value=True)
    try:
        parser.read_string(text)
    except configparser.Error:
        return None
    section = "tool:pytest" if name == "setup.cfg" else "pytest"
    if parser.has_section(section):
        return dict(parser.items(section))
    return {} if name.endswith("pytest.ini") else None

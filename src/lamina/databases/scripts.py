"""A database's scripts: which files they are, the fingerprint of all that they make the schema from, running functions."""

from __future__ import annotations

import glob
import importlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from lamina.databases.errors import NoDatabaseError
from lamina.databases.reach import files_in_reach
from lamina.layers.databases import is_function
from lamina.layers.model import Database
from lamina.sources.hashing import hash_bytes, hash_text

__all__ = ["Script", "call", "fingerprint", "look_at", "read", "scripts_of"]

# To be raised when the same scripts make another template, or one in another form.
_FORM = 1
_WILD = "*?["


class Script(NamedTuple):
    """One script: an SQL file by its path from the root, or `module:function`."""

    name: str
    is_function: bool


def scripts_of(root: Path, database: Database) -> list[Script]:
    """The scripts in their order, patterns replaced by the files that they match; raises NoDatabaseError."""
    found = []
    for index, script in enumerate(database.scripts):
        key = f"databases.{database.name}.scripts[{index}]"
        if is_function(script):
            found.append(Script(script, True))
        elif any(character in script for character in _WILD):
            names = _matching(root, script)
            if not names:
                raise NoDatabaseError(f"{key}: no file matches {script} below {root}; allowed: a pattern of SQL files")
            found += [Script(name, False) for name in names]
        elif (root / script).is_file():
            found.append(Script(script, False))
        else:
            raise NoDatabaseError(f"{key}: there is no file {script} below {root}; allowed: an SQL file that is there")
    return found


def fingerprint(root: Path, database: Database) -> str:
    """Of the contents that the schema is made from: another one means another template. Raises NoDatabaseError."""
    parts: list[Any] = [_FORM, database.kind]
    for script in scripts_of(root, database):
        if script.is_function:
            paths = files_in_reach(str(root), script.name.partition(":")[0])
            parts.append([script.name, [[path, hash_bytes(_content(root, path))] for path in paths]])
        else:
            parts.append(hash_bytes(_content(root, script.name)))
    parts += [[path, hash_bytes(_content(root, path))] for path in _inputs(root, database)]
    return hash_text(json.dumps(parts))


def look_at(root: Path, database: Database) -> None:
    """Opens every file that the fingerprint is made of, for whoever notes what is opened; raises NoDatabaseError."""
    for script in scripts_of(root, database):
        paths = files_in_reach(str(root), script.name.partition(":")[0]) if script.is_function else [script.name]
        for path in paths:
            _content(root, path)
    for path in _inputs(root, database):
        _content(root, path)


def read(root: Path, script: Script) -> str:
    """An SQL file's text; raises NoDatabaseError when it is not UTF-8."""
    try:
        return _content(root, script.name).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        where = error.object.count(b"\n", 0, error.start) + 1
        raise NoDatabaseError(f"{script.name}:{where}: is not UTF-8; allowed: SQL as UTF-8") from None


def call(root: Path, script: Script, connection: Any) -> None:
    """Calls `module:function` with the connection; raises NoDatabaseError with the place where it failed."""
    module_name, _, path = script.name.partition(":")
    with _importable(root):
        try:
            function: Any = importlib.import_module(module_name)
            for part in path.split("."):
                function = getattr(function, part)
        except (ImportError, AttributeError) as error:
            raise NoDatabaseError(f"{script.name}: can't be imported: {error}") from error
        try:
            function(connection)
        except Exception as error:
            raise NoDatabaseError(f"{_place(root, script, error)}: {type(error).__name__}: {error}") from error


def _inputs(root: Path, database: Database) -> list[str]:
    return sorted({path for pattern in database.inputs for path in _matching(root, pattern)})


def _matching(root: Path, pattern: str) -> list[str]:
    names = glob.glob(pattern, root_dir=root, recursive=True)
    return sorted(name for name in names if os.path.isfile(root / name) and "__pycache__" not in name.split("/"))


def _content(root: Path, path: str) -> bytes:
    try:
        return (root / path).read_bytes()
    except OSError as error:
        raise NoDatabaseError(f"{path}: can't be read: {error.strerror or error}") from None


def _place(root: Path, script: Script, error: Exception) -> str:
    """The innermost line of the project's that was at work."""
    frames = [
        frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename.startswith(f"{root}{os.sep}")
    ]
    own = [frame for frame in frames if "site-packages" not in frame.filename]
    return f"{os.path.relpath(own[-1].filename, root)}:{own[-1].lineno}" if own else script.name


@contextmanager
def _importable(root: Path) -> Iterator[None]:
    """pytest does not put the root in front of sys.path in all its import modes."""
    sys.path.insert(0, str(root))
    try:
        yield
    finally:
        sys.path.remove(str(root))

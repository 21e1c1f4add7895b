"""Loads a project's own doit tasks from the Python files of a folder."""

from __future__ import annotations

import importlib.util
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any

from doit.exceptions import InvalidDodoFile

__all__ = ["project_tasks"]


def project_tasks(folder: str = "tasks") -> dict[str, Callable[..., Any]]:
    """Every `task_...` function of every file in `folder`, by name; none when there is no such folder.

    Raises InvalidDodoFile for a file that can't be imported and for a name that two files define.
    """
    found: dict[str, Callable[..., Any]] = {}
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".py") and name != "__init__.py")
    except OSError:
        return found
    for name in names:
        path = os.path.join(folder, name)
        module = _import(path)
        for key, value in vars(module).items():
            if key.startswith("task_") and callable(value) and value.__module__ == module.__name__:
                if key in found:
                    raise InvalidDodoFile(f"{path}: {key} is defined by another file in {folder}/ already")
                found[key] = value
    return found


def _import(path: str) -> Any:
    name = "lamina_project_tasks_" + os.path.basename(path)[:-3]
    spec = importlib.util.spec_from_file_location(name, os.path.abspath(path))
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise InvalidDodoFile(f"{error.filename}:{error.lineno}: {error.msg}") from None
    except Exception as error:
        line = _line_in(path, error)
        raise InvalidDodoFile(f"{path}{line}: can't be imported: {type(error).__name__}: {error}") from None
    return module


def _line_in(path: str, error: Exception) -> str:
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if os.path.abspath(frame.filename) == os.path.abspath(path)
    ]
    return f":{lines[-1]}" if lines else ""

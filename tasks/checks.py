"""Checks of this repository's own source: style, types, and which package may import which."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

_PYTHON = [sys.executable, "-m"]


def task_lint() -> dict[str, Any]:
    """Style of every Python file (ruff)."""
    return {
        "actions": [[*_PYTHON, "ruff", "check", "."], [*_PYTHON, "ruff", "format", "--check", "."]],
        "file_dep": _python_files("src", "tests", "tasks", "benchmarks"),
    }


def task_types() -> dict[str, Any]:
    """Types of the package and of these tasks (mypy, strict)."""
    return {"actions": [[*_PYTHON, "mypy"]], "file_dep": _python_files("src", "tasks")}


def task_imports() -> dict[str, Any]:
    """Imports go downwards only (import-linter; the order stands in pyproject.toml)."""
    command = "import sys; from importlinter.cli import lint_imports_command; sys.exit(lint_imports_command())"
    return {"actions": [[sys.executable, "-c", command]], "file_dep": _python_files("src")}


def _python_files(*folders: str) -> list[str]:
    found = [path for folder in folders for path in Path(folder).rglob("*.py")]
    return sorted(map(str, [*found, Path("dodo.py"), Path("pyproject.toml")]))

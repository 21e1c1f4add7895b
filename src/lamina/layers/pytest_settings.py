"""Reads the few settings of pytest that say where a project's tests are, from whichever file pytest would read.

pytest itself is not asked: that would run the project's conftest files and plugins, and `lamina init` only looks.
"""

from __future__ import annotations

import configparser
import shlex
import tomllib
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["PytestSettings", "read_pytest_settings"]

# In pytest's order: the first file that has the section is the only one that counts. An empty pytest.ini counts too.
_TOML = ("pytest.toml", ".pytest.toml")
_INI = (("pytest.ini", "pytest"), (".pytest.ini", "pytest"))
_OTHER_INI = (("tox.ini", "pytest"), ("setup.cfg", "tool:pytest"))


class PytestSettings(NamedTuple):
    """What the project's pytest configuration says, with pytest's defaults where it says nothing. `file` is where it
    says so ("" for nowhere), `markers` are the names of registered markers."""

    file: str = ""
    testpaths: tuple[str, ...] = ()
    python_files: tuple[str, ...] = ("test_*.py", "*_test.py")
    norecursedirs: tuple[str, ...] = ("*.egg", ".*", "_darcs", "build", "CVS", "dist", "node_modules", "venv", "{arch}")
    markers: tuple[str, ...] = ()


def read_pytest_settings(root: Path) -> PytestSettings:
    """The settings in force for a project root. A file that can't be parsed counts as saying nothing."""
    file, section = _first_section(root)
    if not section:
        return PytestSettings(file)
    markers = [marker.partition(":")[0].partition("(")[0].strip() for marker in _lines(section.get("markers"))]
    defaults = PytestSettings()
    return PytestSettings(
        file,
        _words(section.get("testpaths")),
        _words(section.get("python_files")) or defaults.python_files,
        _words(section.get("norecursedirs")) or defaults.norecursedirs,
        tuple(marker for marker in markers if marker),
    )


def _first_section(root: Path) -> tuple[str, dict[str, Any]]:
    for name in _TOML:
        if (root / name).is_file():
            return name, _toml(root / name).get("pytest", {})
    for name, title in _INI:
        if (root / name).is_file():
            return name, _ini(root / name).get(title, {})
    tool = _toml(root / "pyproject.toml").get("tool", {}).get("pytest")
    if isinstance(tool, dict):
        return "pyproject.toml", tool.get("ini_options", tool)
    for name, title in _OTHER_INI:
        sections = _ini(root / name)
        if title in sections:
            return name, sections[title]
    return "", {}


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}


def _ini(path: Path) -> dict[str, dict[str, Any]]:
    parser = configparser.RawConfigParser(strict=False)
    try:
        parser.read_string(path.read_text("utf-8"))
    except (OSError, ValueError, configparser.Error):
        return {}
    return {title: dict(parser[title]) for title in parser.sections()}


def _words(value: Any) -> tuple[str, ...]:
    """A setting of several words, which TOML files may give as a list or as one text."""
    if isinstance(value, list):
        return tuple(str(item) for item in value)
    if not isinstance(value, str):
        return ()
    try:
        return tuple(shlex.split(value))
    except ValueError:
        return tuple(value.split())


def _lines(value: Any) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else str(value or "").splitlines()

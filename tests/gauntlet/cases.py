"""The gauntlet's cases as data, and the placing of one of their trees in a project's folder."""

from __future__ import annotations

import json
import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Case", "Stage", "cases", "environment", "place"]

_HERE = Path(__file__).parent
# Whatever runs this may itself be a run of lamina, of pytest or of coverage; and what plugins are installed beside them
# is no part of a case. Bytecode is written, as for everybody.
_FOREIGN = ("LAMINA_", "PYTEST_", "COV_", "COVERAGE_", "DOIT_", "APP_", "PYTHON", "TZ", "FORCE_COLOR", "NO_COLOR")
# What a run leaves in the project. Git ignores it, so a switch of branches leaves it where it is.
_LEFT = frozenset({".git", ".gitignore", ".lamina", ".pytest_cache", "__pycache__", "reports"})


@dataclass(frozen=True)
class Stage:
    """A tree after a change, and what has to happen in it. `outcomes`: before and now, None where there is no such
    test. `why`: for tests that must run although their outcome stays the same."""

    folder: str
    must_run: list[str]
    should_not_run: list[str]
    either: list[str]
    outcomes: dict[str, tuple[str | None, str]]
    env: dict[str, str] = field(default_factory=dict)
    why: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Case:
    """A project, a change or several, and what they must lead to."""

    path: Path
    why: str
    stages: list[Stage]
    env_before: dict[str, str]
    going_back_should_run_nothing: bool

    @property
    def name(self) -> str:
        """`own/env_at_import`."""
        return f"{self.path.parent.name}/{self.path.name}"

    def tree(self, folder: str) -> Path:
        """Where the files of a stage, or of `before`, lie."""
        return self.path / folder


def cases(*words: str) -> list[Case]:
    """All cases, or those that have one of these words in their name."""
    found = [_read(path) for group in ("public", "own") for path in sorted((_HERE / group).glob("*/expect.json"))]
    return [case for case in found if not words or any(word in case.name for word in words)]


def _read(path: Path) -> Case:
    data = json.loads(path.read_text())
    stages = [
        Stage(**{**stage, "outcomes": {test: (was, now) for test, (was, now) in stage["outcomes"].items()}})
        for stage in data["stages"]
    ]
    return Case(path.parent, data["why"], stages, data["env_before"], data["going_back_should_run_nothing"])


def environment(more: dict[str, str]) -> dict[str, str]:
    """The variables for a run of a case: this process's without what would be foreign to it, and `more`."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return {**own, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **more}


def place(tree: Path, project: Path, second: int) -> None:
    """Makes the project's files those of `tree`. A file of equal content is left alone; if all of them are equal, all
    get a new modification time instead, as from a switch of branches there and back. The time is `second`, another one for
    each tree: Python takes bytecode for a source's as long as its size and the second of its last change are the same."""
    wanted = {path.relative_to(tree): path for path in tree.rglob("*") if path.is_symlink() or not path.is_dir()}
    present = {path.relative_to(project) for path in _files(project)}
    different = [relative for relative, path in wanted.items() if not _equal(path, project / relative)]
    for relative in present - wanted.keys():
        (project / relative).unlink()
        _remove_empty_folders((project / relative).parent, project)
    for relative in different:
        copy = project / relative
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.unlink(missing_ok=True)
        shutil.copy(wanted[relative], copy, follow_symlinks=False)
        os.utime(copy, (second, second), follow_symlinks=False)
    if not different and present == wanted.keys():
        for relative in present:
            os.utime(project / relative, (second, second), follow_symlinks=False)


def _files(project: Path) -> list[Path]:
    found = []
    for folder, below, names in os.walk(project):
        links = [name for name in below if (Path(folder) / name).is_symlink()]
        below[:] = [name for name in below if name not in _LEFT and name not in links]
        found += [Path(folder) / name for name in [*names, *links] if name not in _LEFT]
    return found


def _equal(one: Path, other: Path) -> bool:
    if one.is_symlink() or other.is_symlink():
        return one.is_symlink() and other.is_symlink() and os.readlink(one) == os.readlink(other)
    if not other.is_file() or one.read_bytes() != other.read_bytes():
        return False
    return os.access(one, os.X_OK) == os.access(other, os.X_OK)


def _remove_empty_folders(folder: Path, top: Path) -> None:
    # Bytecode alone keeps no folder: it would go on to be a package, which it is not in a fresh copy.
    while folder != top and all(path.name == "__pycache__" for path in folder.iterdir()):
        shutil.rmtree(folder)
        folder = folder.parent

"""The folder of a replay: the history, a working tree for each runner, and one environment for all of them.

Each runner has a clone of its own, so that what it leaves behind (bytecode, caches) is no help to the others.
"""

from __future__ import annotations

import shutil
import subprocess
import time
import venv
from collections.abc import Sequence
from pathlib import Path

from measuring import environment

from replays.projects import Project

RUNNERS = ("pytest", "lamina", "testmon")
_ROOT = Path(__file__).parents[2]
# One category that takes every test, and no limit that a slow machine could reach.
_LAYERS = """\
defaults: false
layers:
  fast_feedback:
    max_duration_minutes: 600
    categories:
      - name: unit
        filters: {{rest: true}}
        timeout_seconds: 36000
        max_parallel_instances: 2
        pytest_args: [{arguments}]
"""
_TOUCHED = ("*.py", "tests", "*/tests/*")
# Bytecode is matched with its source by size and whole seconds: a change must not fall into the second of the last one.
_SECOND = 1.1


class Bench:
    """Everything that a replay keeps on disk, at fixed places below one folder."""

    def __init__(self, project: Project, folder: Path) -> None:
        self.project = project
        self.folder = folder.resolve()
        self.history = self.folder / "history.git"
        self.plugins = self.folder / "plugins"
        self.python = self.folder / "environment" / "bin" / "python"

    def tree(self, runner: str) -> Path:
        """The working tree of `runner`."""
        return self.folder / runner

    def make(self, repository: str, until: str) -> None:
        """Clones, and installs what the tests need; does nothing in a folder in which that was done before."""
        ready = self.folder / "ready"
        if ready.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        _git("clone", "--quiet", "--bare", repository, str(self.history))
        for runner in RUNNERS:
            _git("clone", "--quiet", "--shared", "--no-checkout", str(self.history), str(self.tree(runner)))
        self.check_out(_git("rev-parse", f"{until}^{{commit}}", folder=self.history))
        (self.tree("lamina") / "layers").mkdir(exist_ok=True)
        words = ", ".join(("-p", "no:pytest-testmon", *self.project.arguments))
        (self.tree("lamina") / "layers" / "test_layers.yaml").write_text(_LAYERS.format(arguments=words))
        self.plugins.mkdir(exist_ok=True)
        shutil.copy(_ROOT / "tests" / "e2e" / "outcomes_plugin.py", self.plugins)
        self._install()
        ready.touch()

    def _install(self) -> None:
        """lamina as it is now, the peers, and the project: each tree shadows its packages with its own."""
        venv.create(self.folder / "environment", with_pip=True)
        command = [str(self.python), "-m", "pip", "install", "-q", "--disable-pip-version-check"]
        packages = [*self.project.requirements, "pytest-testmon==2.2.0", "pytest-xdist", str(_ROOT)]
        subprocess.run([*command, *packages, "-e", str(self.tree("pytest"))], check=True)

    def environment(self, runner: str) -> dict[str, str]:
        """What a runner's process sees: its own tree's packages before those of the environment."""
        packages = (self.tree(runner) / self.project.path).resolve()
        return environment() | {"PYTHONPATH": f"{packages}:{self.plugins}", "LAMINA_AUDIT": "0"}

    def commits(self, count: int, until: str) -> list[str]:
        """The last `count` first-parent commits that touch Python or test files, and the one before, oldest first."""
        found = _git(
            "log", "--first-parent", f"-{count + 1}", "--format=%H", until, "--", *_TOUCHED, folder=self.history
        )
        return found.split()[::-1]

    def title(self, commit: str) -> str:
        """The commit's short name and subject."""
        return _git("log", "-1", "--format=%h %s", commit, folder=self.history)

    def check_out(self, commit: str) -> None:
        """The same commit in all trees; untracked files stay."""
        time.sleep(_SECOND)
        for runner in RUNNERS:
            _git("checkout", "--quiet", "--force", "--detach", commit, folder=self.tree(runner))

    def write(self, path: str, text: bytes) -> None:
        """The same content of one file in all trees."""
        time.sleep(_SECOND)
        for runner in RUNNERS:
            (self.tree(runner) / path).write_bytes(text)

    def sources(self) -> list[str]:
        """The project's own modules at the commit that is checked out, tests excepted."""
        listed = _git("ls-files", *self.project.sources, folder=self.tree("pytest")).splitlines()
        return [path for path in listed if path.endswith(".py") and not _is_test(path)]


def _is_test(path: str) -> bool:
    parts = Path(path).parts
    return bool({"tests", "test"}.intersection(parts)) or parts[-1].startswith(("test_", "conftest"))


def _git(*arguments: str, folder: Path | None = None) -> str:
    command: Sequence[str] = ["git", *(["-C", str(folder)] if folder else []), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

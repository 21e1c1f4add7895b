from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

# The pseudo terminal.
sys.path.append(str(Path(__file__).parents[2] / "support"))

DODO = """\
from lamina.cli.dodo import DOIT_CONFIG, project_tasks, task_layers

globals().update(project_tasks("tasks"))
"""
PYPROJECT = """\
[tool.doit.plugins.command]
run = "lamina.cli.run_command:Run"
list = "lamina.cli.list_command:List"
clean = "lamina.cli.clean_command:Clean"
plan = "lamina.cli.plan_command:Plan"
why = "lamina.cli.why_command:Why"
affected = "lamina.cli.affected_command:Affected"
debug = "lamina.cli.debug_command:Debug"
services = "lamina.cli.services_command:Services"
validate = "lamina.cli.validate_command:Validate"
status = "lamina.cli.status_command:Status"
stop = "lamina.cli.stop_command:Stop"
schema = "lamina.cli.schema_command:Schema"
"""
FILES = {
    "dodo.py": DODO,
    "pyproject.toml": PYPROJECT,
    "src/a.py": "A = 1\n",
    "tests/smoke/test_s.py": "def test_s(): pass\n",
    "tests/unit/test_u.py": "def test_u(): pass\n",
    "tests/api/test_a.py": "def test_a(): pass\n",
}
# Whatever runs these tests may itself be a run of lamina, of pytest-xdist or of pytest-cov.
FOREIGN = ("LAMINA_", "PYTEST_", "COV_", "COVERAGE_", "DOIT_", "FORCE_COLOR", "NO_COLOR", "PY_COLORS")


class Project:
    """A small project on disk, and doit in it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self.environment["LAMINA_AUDIT"] = "0"  # what is executed is not to be left to chance
        for path, text in FILES.items():
            self.write(path, text)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def command(self, *words: str, program: str = "doit") -> list[str]:
        return [str(Path(sys.executable).with_name(program)), *words]

    def start(self, *words: str, program: str = "doit", folder: str = "", **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*words, program=program),
            cwd=self.root / folder,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def doit(
        self, *words: str, status: int = 0, program: str = "doit", folder: str = "", **variables: str
    ) -> tuple[str, str]:
        """Runs doit; returns what it wrote to stdout and to stderr."""
        process = self.start(*words, program=program, folder=folder, **variables)
        out, err = process.communicate(timeout=120)
        assert process.returncode == status, f"{words} ended with {process.returncode}\n{out}\n{err}"
        return out, err

    def results(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((self.root / "reports/latest/results.json").read_text())
        return data

    def categories(self) -> dict[str, dict[str, Any]]:
        """The categories of the last run by name."""
        return {category["name"]: category for layer in self.results()["layers"] for category in layer["categories"]}

    def outcomes(self) -> dict[str, str]:
        """What became of each category of the last run that has tests."""
        return {name: found["outcome"] for name, found in self.categories().items() if found["outcome"] != "empty"}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")

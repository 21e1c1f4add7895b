from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.append(str(Path(__file__).parents[2]))

from support.postgresql_server import programs, running

# Whatever runs these tests may itself be a run of lamina, of pytest-xdist or of pytest-cov.
FOREIGN = ("LAMINA_", "PYTEST_", "COV_", "COVERAGE_", "DOIT_", "FORCE_COLOR", "NO_COLOR", "PY_COLORS")
PLUGINS = ("asyncio", "django", "cov", "hypothesispytest", "randomly", "timeout", "pytest_mock")


class Project:
    """A small project on disk, run by plain pytest or by lamina."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self.environment |= {"LAMINA_AUDIT": "0", "PYTEST_ADDOPTS": " ".join(f"-p no:{name}" for name in PLUGINS)}
        self.write("pyproject.toml", "[tool.pytest.ini_options]\n")

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def start(self, *words: str, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", *words],
            cwd=self.root,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def run(self, *words: str, status: int = 0, **variables: str) -> str:
        """What the command prints."""
        process = self.start(*words, **variables)
        out, _ = process.communicate(timeout=180)
        assert process.returncode == status, f"{words} ended with {process.returncode}\n{out}"
        return out

    def pytest(self, *words: str, status: int = 0, **variables: str) -> str:
        return self.run("pytest", "-q", "--tb=short", *words, status=status, **variables)

    def lamina(self, *words: str, status: int = 0, **variables: str) -> dict[str, tuple[str, bool]]:
        """Each test's outcome, and whether it was executed, by its name."""
        self.run("lamina", *(words or ("unit",)), status=status, **variables)
        tests: list[dict[str, Any]] = json.loads((self.root / "reports/latest/results.json").read_text())["tests"]
        return {test["id"].partition("::")[2]: (test["outcome"], not test["cached"]) for test in tests}

    def executed(self, *words: str, **variables: str) -> set[str]:
        """The names of the tests that a run of lamina executes; all of them have to pass."""
        found = self.lamina(*words, **variables)
        assert {outcome for outcome, _ in found.values()} == {"passed"}, found
        return {name for name, (_, is_executed) in found.items() if is_executed}

    def templates(self) -> list[str]:
        """The files of templates that are kept."""
        return sorted(path.name for path in (self.root / ".lamina/databases").glob("*.sqlite3"))

    def left(self) -> list[str]:
        """What else is beside them."""
        names = (path.name for path in (self.root / ".lamina/databases").iterdir())
        return sorted(name for name in names if not name.endswith((".sqlite3", ".lock")))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path / "project")


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The URL of a real PostgreSQL server."""
    if programs() is None:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    with running() as url:
        yield url

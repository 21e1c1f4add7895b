"""Real projects in full, from their source distributions: every test has the outcome that plain pytest gives it.

Needs an index to download from, and takes a few minutes, most of them for networkx. There, plain pytest runs on two
workers of pytest-xdist: on one it would take another four minutes, and outcomes are the same.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
import venv
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]


class RealProject(NamedTuple):
    """A project on PyPI, with what its tests need besides pytest."""

    name: str
    version: str
    requirements: tuple[str, ...]
    options: tuple[str, ...] = ()
    tests_at_least: int = 1


PROJECTS = [
    # 26.1.0's test of pyright is skipped without it; cloudpickle and hypothesis are what its own group asks for.
    RealProject("attrs", "26.1.0", ("pytest==9.2.0", "cloudpickle", "hypothesis", "pympler"), tests_at_least=1300),
    # Imports a name from pytest's inside that pytest 9 has moved.
    RealProject("flask", "3.1.3", ("pytest==8.4.2", "werkzeug==3.1.3", "asgiref", "python-dotenv"), tests_at_least=480),
    # The last version for all three Pythons: 3.7 asks for 3.12. Files whose tests need numpy or scipy skip themselves.
    RealProject("networkx", "3.6.1", ("pytest==9.2.0", "pytest-xdist"), ("-n", "2"), tests_at_least=6000),
]


def install(project: RealProject, folder: Path) -> tuple[Path, Path]:
    """Unpacks the project and makes an environment with it and this lamina; returns (its folder, its python)."""
    download = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", "--no-binary", ":all:", "-d", str(folder)]
    subprocess.run([*download, f"{project.name}=={project.version}"], check=True)
    with tarfile.open(folder / f"{project.name}-{project.version}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    sources = folder / f"{project.name}-{project.version}"
    venv.create(folder / "venv", with_pip=True)
    python = folder / "venv" / "bin" / "python"
    pip = [python, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    subprocess.run([*pip, str(ROOT), str(sources), *project.requirements], check=True)
    return sources, python


def environment(**more: str) -> dict[str, str]:
    dropped = ("PYTEST_", "LAMINA_", "COV_", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)} | more


def plain_outcomes(project: RealProject, sources: Path, python: Path) -> tuple[dict[str, str], int]:
    """Outcome by test id under plain pytest, and its exit status."""
    written = sources.parent / "outcomes.json"
    done = subprocess.run(
        [python, "-m", "pytest", "-q", "-p", "outcomes_plugin", *project.options],
        cwd=sources,
        env=environment(PYTHONPATH=str(HERE), OUTCOMES=str(written)),
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 1), done.stdout[-2000:] + done.stderr[-2000:]
    return json.loads(written.read_text()), done.returncode


def lamina_outcomes(sources: Path, python: Path) -> tuple[dict[str, str], int]:
    """The same under lamina."""
    command = [python, "-m", "lamina", "-n", "2", "fresh=true", "fast_feedback"]
    done = subprocess.run(command, cwd=sources, env=environment(), capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout[-2000:] + done.stderr[-2000:]
    results = json.loads((sources / "reports" / "latest" / "results.json").read_text())
    return {test["id"]: test["outcome"] for test in results["tests"]}, done.returncode


@pytest.mark.parametrize("project", PROJECTS, ids=lambda project: project.name)
def test_every_test_has_the_outcome_that_plain_pytest_gives_it(project: RealProject, tmp_path: Path) -> None:
    sources, python = install(project, tmp_path)
    subprocess.run([python, "-m", "lamina", "init"], cwd=sources, env=environment(), check=True, capture_output=True)
    expected, plain_status = plain_outcomes(project, sources, python)
    assert len(expected) >= project.tests_at_least
    found, status = lamina_outcomes(sources, python)
    assert found.keys() == expected.keys()
    different = {test: (expected[test], found[test]) for test in expected if expected[test] != found[test]}
    if different:
        # A test that is flaky by itself differs by chance; a fault of lamina's is there again.
        again, _ = plain_outcomes(project, sources, python)
        found_again, _ = lamina_outcomes(sources, python)
        different = {test: pair for test, pair in different.items() if (again.get(test), found_again.get(test)) == pair}
        assert not different
    else:
        assert Counter(found.values()) == Counter(expected.values())
        assert status == plain_status

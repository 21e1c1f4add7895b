"""The commands start, in this repository and in an empty folder."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *arguments], cwd=folder, capture_output=True, text=True, timeout=60)


def test_version_names_lamina_doit_and_pytest() -> None:
    done = run("lamina", "--version")
    assert done.returncode == 0
    assert [part.split()[0] for part in done.stdout.split(",")] == ["lamina", "doit", "pytest"]


def test_this_repository_is_valid() -> None:
    done = run("doit", "validate")
    assert (done.returncode, done.stdout.strip()) == (0, "ok")


def test_list_shows_this_repository_s_layers() -> None:
    done = run("doit", "list")
    assert done.returncode == 0
    first_words = [line.split()[0] for line in done.stdout.splitlines() if line and not line.startswith(" ")]
    assert first_words[:2] == ["fast_feedback", "core_integration"]


@pytest.mark.parametrize("command", ["help", "list", "plan", "affected", "validate", "schema"])
def test_command_works_in_an_empty_folder(command: str, tmp_path: Path) -> None:
    done = run("lamina", command, folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_an_empty_project_is_told_that_it_has_no_tests(tmp_path: Path) -> None:
    done = run("lamina", folder=tmp_path)
    assert done.returncode == 3
    assert "no test was found" in done.stdout

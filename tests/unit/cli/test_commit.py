from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from lamina.cli.commit import commit_of, commit_with_changes


def git(folder: Path, *arguments: str) -> str:
    command = [
        "git",
        "-c",
        "user.name=n",
        "-c",
        "user.email=e@example.org",
        "-c",
        "init.defaultBranch=main",
        *arguments,
    ]
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    folder.mkdir()
    git(folder, "init", "-q")
    (folder / "file").write_text("one")
    git(folder, "add", "file")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def test_outside_git_and_before_the_first_commit(tmp_path: Path) -> None:
    assert commit_of(str(tmp_path)) == commit_with_changes(str(tmp_path)) == ""
    git(tmp_path, "init", "-q")
    assert commit_of(str(tmp_path)) == ""


@pytest.mark.parametrize("state", ["branch", "packed", "detached", "worktree", "subfolder", "tag of the same name"])
def test_same_as_git(repository: Path, state: str) -> None:
    folder = repository
    if state == "packed":
        git(folder, "pack-refs", "--all")
    elif state == "detached":
        git(folder, "checkout", "-q", "--detach")
    elif state == "worktree":
        folder = repository.parent / "other"
        git(repository, "worktree", "add", "-q", "-b", "side/branch", str(folder))
        git(folder, "commit", "-q", "--allow-empty", "-m", "second")
    elif state == "subfolder":
        folder = repository / "sub"
        folder.mkdir()
    elif state == "tag of the same name":
        git(folder, "tag", "main")
        git(folder, "commit", "-q", "--allow-empty", "-m", "second")
        git(folder, "pack-refs", "--all")
    assert commit_of(str(folder)) == git(folder, "rev-parse", "HEAD")


def test_changes(repository: Path) -> None:
    commit = git(repository, "rev-parse", "HEAD")
    assert commit_with_changes(str(repository)) == commit
    (repository / "file").write_text("two")
    assert commit_with_changes(str(repository)) == f"{commit}+changes"

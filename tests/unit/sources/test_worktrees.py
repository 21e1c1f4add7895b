"""Where the worktrees of a repository keep what they share; real repositories throughout."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from lamina.sources.worktrees import shared_folder


def git(folder: Path, *words: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *own, *words], cwd=folder, env=environment, check=True, capture_output=True)


@pytest.fixture
def main(tmp_path: Path) -> Path:
    """A repository with a project at its top and one in a folder."""
    found = tmp_path / "main"
    (found / "services/api").mkdir(parents=True)
    (found / "services/api/a.py").touch()
    (found / "a.py").touch()
    git(found, "init", "-q")
    git(found, "add", ".")
    git(found, "commit", "-qm", "first")
    return found


def worktree(main: Path, name: str) -> Path:
    git(main, "worktree", "add", "-q", "--detach", str(main.parent / name))
    return main.parent / name


def shared(root: Path, folder: str = ".lamina") -> str:
    return shared_folder(str(root), str(root / folder))


def test_a_linked_worktree_uses_the_main_one(main: Path) -> None:
    linked = worktree(main, "linked")
    assert shared(linked) == str(main / ".lamina")
    assert shared(linked / "services/api") == str(main / "services/api/.lamina")
    assert shared(linked, "build/cache") == str(main / "build/cache")
    assert not (main / ".lamina").exists(), "asking makes nothing"


def test_a_worktree_within_the_main_one(main: Path) -> None:
    git(main, "worktree", "add", "-q", "--detach", ".trees/one")
    assert shared(main / ".trees/one") == str(main / ".lamina")


def test_the_main_one_uses_its_own(main: Path) -> None:
    worktree(main, "linked")
    assert shared(main) == str(main / ".lamina")
    assert shared(main / "services/api") == str(main / "services/api/.lamina")


def test_outside_of_git(tmp_path: Path) -> None:
    assert shared(tmp_path) == str(tmp_path / ".lamina")


def test_a_folder_elsewhere_is_what_it_is(main: Path, tmp_path: Path) -> None:
    linked = worktree(main, "linked")
    assert shared_folder(str(linked), str(tmp_path / "cache")) == str(tmp_path / "cache")
    assert shared_folder(str(linked / "services/api"), str(linked / ".lamina")) == str(linked / ".lamina")


def test_a_moved_worktree(main: Path) -> None:
    worktree(main, "linked")
    git(main, "worktree", "move", str(main.parent / "linked"), str(main.parent / "moved"))
    assert shared(main.parent / "moved") == str(main / ".lamina")


def test_without_the_main_one_each_has_its_own(main: Path) -> None:
    linked = worktree(main, "linked")
    shutil.rmtree(main)
    assert shared(linked) == str(linked / ".lamina")


def test_where_the_main_one_does_not_have_the_project(main: Path) -> None:
    linked = worktree(main, "linked")
    shutil.rmtree(main / "services")
    assert shared(linked / "services/api") == str(main / ".git/lamina/services/api/.lamina")


def test_worktrees_of_a_bare_repository_share_one_in_it(main: Path) -> None:
    bare = main.parent / "bare"
    git(main, "clone", "-q", "--bare", str(main), str(bare / ".git"))
    one, two = (worktree(bare / ".git", name) for name in ("one", "two"))
    assert shared(one) == shared(two) == str(bare / ".git/lamina/.lamina")


def test_a_git_folder_elsewhere(main: Path, tmp_path: Path) -> None:
    git(tmp_path, "clone", "-q", "--separate-git-dir", str(tmp_path / "away"), str(main), "clone")
    linked = tmp_path / "of_clone"
    git(tmp_path / "clone", "worktree", "add", "-q", "--detach", str(linked))
    assert shared(linked) == shared(tmp_path / "clone") == str(tmp_path / "away/lamina/.lamina")


def test_a_submodule_is_a_repository_of_its_own(main: Path, tmp_path: Path) -> None:
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-q")
    git(outer, "submodule", "add", "-q", str(main), "inner")
    assert shared(outer / "inner") == str(outer / "inner/.lamina")
    linked = tmp_path / "of_inner"
    git(outer / "inner", "worktree", "add", "-q", "--detach", str(linked))
    assert shared(linked) == str(outer / "inner/.lamina")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_main_worktree_that_can_not_be_written(main: Path) -> None:
    linked = worktree(main, "linked")
    main.chmod(0o500)
    try:
        assert shared(linked) == str(linked / ".lamina")
    finally:
        main.chmod(0o700)


def test_a_main_worktree_with_a_file_in_the_place(main: Path) -> None:
    linked = worktree(main, "linked")
    (main / ".lamina").touch()
    assert shared(linked) == str(linked / ".lamina")


def test_a_git_file_that_means_nothing(tmp_path: Path) -> None:
    (tmp_path / ".git").write_text("nothing\n")
    assert shared(tmp_path) == str(tmp_path / ".lamina")

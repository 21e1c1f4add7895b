from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lamina.sources.ignoring import Ignoring, git_folder, outer_rules
from lamina.sources.snapshot import Snapshot, take


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
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def write(root: Path, files: dict[str, str]) -> None:
    for path, text in files.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


RULES = {
    ".gitignore": "*.log\n/build/\n!keep.log\ndata/*\n!data/keep\n# comment\n\n",
    "deep/.gitignore": "!important.log\nlocal.py\n/only_here.py\n",
}
FILES = [
    "a.log", "keep.log", "build/x.py", "sub/build/x.py", "data/x", "data/keep", "deep/a.log", "deep/important.log",
    "deep/local.py", "deep/er/local.py", "local.py", "deep/only_here.py", "deep/er/only_here.py", "plain.py",
]  # fmt: skip


@pytest.fixture
def files_of(configuration: Callable[..., dict[str, Any]]) -> Callable[[Path], set[str]]:
    def take_files(root: Path) -> set[str]:
        found: Snapshot = take(str(root), str(root / ".lamina"), configuration())
        return {f"{folder}/{name}".lstrip("/") for folder, (files, _) in found._index.table.items() for name in files}

    return take_files


@pytest.mark.usefixtures("aged")
def test_same_files_as_git(tmp_path: Path, files_of: Callable[[Path], set[str]]) -> None:
    write(tmp_path, dict.fromkeys(FILES, ""))
    write(tmp_path, RULES)
    git(tmp_path, "init", "-q")
    (tmp_path / ".git/info/exclude").write_text("plain.py\n")
    listed = git(tmp_path, "ls-files", "--cached", "--others", "--exclude-standard").split("\n")
    assert files_of(tmp_path) == {path for path in listed if path}
    assert "plain.py" not in files_of(tmp_path)


@pytest.mark.usefixtures("aged")
def test_tracked_files_count_although_ignored(tmp_path: Path, files_of: Callable[[Path], set[str]]) -> None:
    write(tmp_path, dict.fromkeys(FILES, ""))
    write(tmp_path, RULES)
    git(tmp_path, "init", "-q")
    assert "build/x.py" not in files_of(tmp_path)
    git(tmp_path, "add", "--force", "build/x.py", "a.log")
    found = files_of(tmp_path)
    assert {"build/x.py", "a.log"} <= found
    assert found == {path for path in git(tmp_path, "ls-files", "-co", "--exclude-standard").split("\n") if path}


@pytest.mark.usefixtures("aged")
def test_changed_rules_decide_anew(tmp_path: Path, files_of: Callable[[Path], set[str]]) -> None:
    write(tmp_path, {".gitignore": "*.log\n", "a.log": "", "b.py": ""})
    assert files_of(tmp_path) == {".gitignore", "b.py"}
    write(tmp_path, {".gitignore": "*.py\n"})
    assert files_of(tmp_path) == {".gitignore", "a.log"}
    (tmp_path / ".gitignore").unlink()
    assert files_of(tmp_path) == {"a.log", "b.py"}


@pytest.mark.usefixtures("aged")
def test_rules_of_the_folders_above_count_within_one_repository(
    tmp_path: Path, files_of: Callable[[Path], set[str]]
) -> None:
    write(tmp_path, {".gitignore": "*.log\n/packages/one/out/\n", "packages/one/a.log": "", "packages/one/b.py": ""})
    write(tmp_path, {"packages/one/out/x.py": "", "packages/.gitignore": "c.py\n", "packages/one/c.py": ""})
    git(tmp_path, "init", "-q")
    assert files_of(tmp_path / "packages/one") == {"b.py"}
    write(tmp_path, {"packages/.gitignore": ""})
    assert files_of(tmp_path / "packages/one") == {"b.py", "c.py"}


@pytest.mark.usefixtures("aged")
def test_pathspec_is_not_needed_while_nothing_is_new(
    tmp_path: Path, files_of: Callable[[Path], set[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path, {".gitignore": "*.log\n", "a.log": "", "b.py": "", "sub/c.log": ""})
    files_of(tmp_path)
    monkeypatch.setattr(Ignoring, "ignores", lambda *_: pytest.fail("was asked"))
    write(tmp_path, {"b.py": "changed\n"})
    assert files_of(tmp_path) == {".gitignore", "b.py"}


def test_a_line_that_git_can_not_read_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {".gitignore": "!\n*.log\n"})
    assert Ignoring(str(tmp_path)).ignores("", "a.log", False)


def test_outside_git(tmp_path: Path) -> None:
    assert git_folder(str(tmp_path)) == ("", "")
    assert outer_rules(str(tmp_path)) == []


def test_a_worktree_has_its_repositorys_exclude_file(tmp_path: Path) -> None:
    main, other = tmp_path / "main", tmp_path / "other"
    main.mkdir()
    git(main, "init", "-q")
    git(main, "commit", "-q", "--allow-empty", "-m", "first")
    git(main, "worktree", "add", "-q", str(other))
    assert outer_rules(str(other))[0] == str(main / ".git/info/exclude")

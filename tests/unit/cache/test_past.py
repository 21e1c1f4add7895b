"""The tree as it was at a revision of a real git repository."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from lamina.cache.past import Past
from lamina.cache.present import MISSING, Present
from lamina.errors import UsageError
from lamina.sources.revision import difference_to
from lamina.sources.tree import Table, Walk


def git(root: Path, *words: str) -> None:
    settings = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *settings, *words], cwd=root, check=True, capture_output=True)


def write(root: Path, path: str, text: str) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def presents(root: Path, revision: str = "HEAD") -> tuple[Present, Past]:
    table: Table = {}
    Walk(str(root), table, str(root / ".lamina"), lambda content: []).run()
    variables = {"HOME": "/home"}
    return Present(str(root), table, variables), Past(str(root), table, variables, difference_to(str(root), revision))


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    write(tmp_path, "pyproject.toml", "[tool.pytest.ini_options]\naddopts = []\n")
    write(tmp_path, "pkg/__init__.py", "")
    write(tmp_path, "pkg/old.py", "A = 1\n")
    write(tmp_path, "data/one.txt", "1")
    write(tmp_path, "data/deep/two.txt", "2")
    write(tmp_path, "run.sh", "true").chmod(0o755)
    os.symlink("one.txt", tmp_path / "data/link")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-q", "-m", "one")
    return tmp_path


KEYS = (
    "file:pkg/old.py", "file:pkg/new.py", "exists:pkg/old.py", "exists:pkg/new.py", "exists:data", "exists:data/deep",
    "exists:data/deep/two.txt", "exists:made", "exists:made/here", "exists:run.sh", "exists:data/link", "file:data/link",
    "list:", "list:data", "list:data/deep", "list:made", "list:nowhere", "import:pkg", "import:pkg.old", "import:pkg.new",
    "import:made.here", "conftests:pkg", "pytest:", "everything:", "surroundings:", "env:HOME", "file:nowhere",
)  # fmt: skip


def test_nothing_differs(repository: Path) -> None:
    now, then = presents(repository)
    assert {key: then.state(key) for key in KEYS} == {key: now.state(key) for key in KEYS}


def edit(root: Path) -> None:
    write(root, "pkg/old.py", "A = 2\n")
    write(root, "pkg/new.py", "B = 1\n")
    write(root, "pkg/conftest.py", "")
    write(root, "made/here.py", "")
    write(root, "pyproject.toml", "[tool.pytest.ini_options]\naddopts = ['-q']\n")
    (root / "data/deep/two.txt").unlink()
    (root / "data/deep").rmdir()
    (root / "data/link").unlink()
    os.symlink("deep", root / "data/link")
    (root / "run.sh").chmod(0o644)


def test_states_are_those_of_the_revision(repository: Path) -> None:
    """Whatever is edited, committed or not, the past answers as the present did."""
    before = {key: presents(repository)[0].state(key) for key in KEYS}
    edit(repository)
    now, then = presents(repository)
    assert {key: then.state(key) for key in KEYS} == before
    same = {
        "list:nowhere",
        "surroundings:",
        "env:HOME",
        "file:nowhere",
        "exists:data",
        "exists:made/here",
        "import:pkg",
    }
    same |= {"import:pkg.old", "exists:pkg/old.py"}
    assert {key for key in KEYS if now.state(key) == before[key]} == same
    assert (then.source("pkg/old.py"), then.source("pkg/new.py")) == (b"A = 1\n", None)
    assert (now.source("pkg/old.py"), then.source("pkg/__init__.py")) == (b"A = 2\n", b"")
    assert then.module_files("pkg.new") == []
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "two")
    _, then = presents(repository, "HEAD~1")
    assert {key: then.state(key) for key in KEYS} == before
    now, then = presents(repository)
    assert {key: then.state(key) for key in KEYS} == {key: now.state(key) for key in KEYS}


def test_names_that_need_care(repository: Path) -> None:
    write(repository, "data/zwei\nZeilen.txt", "1")
    write(repository, "data/ö.txt", "1")
    git(repository, "add", "-A")
    git(repository, "commit", "-q", "-m", "two")
    write(repository, "data/zwei\nZeilen.txt", "2")
    (repository / "data/ö.txt").unlink()
    changed = difference_to(str(repository), "HEAD").changed
    assert changed.keys() == {"data/zwei\nZeilen.txt", "data/ö.txt"}
    assert {blob.content for blob in changed.values() if blob} == {b"1"}


def test_a_revision_that_is_not_there(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in ("nowhere", "--all", "HEAD:pkg", ""):
        with pytest.raises(UsageError, match="git knows no such commit"):
            difference_to(str(repository), name)
    with pytest.raises(UsageError, match="is not in a git repository"):
        difference_to(str(tmp_path_factory.mktemp("bare")), "HEAD")


def test_missing_is_a_state(repository: Path) -> None:
    _, then = presents(repository)
    assert then.state("file:nowhere") == MISSING

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from lamina.sources.tree import Walk


def walk(root: Path, table: dict[str, Any], previous: dict[str, Any] | None = None) -> Walk:
    found = Walk(str(root), table, str(root / ".lamina"), lambda content: [], previous)
    found.run()
    return found


def paths(table: dict[str, Any]) -> set[str]:
    return {f"{folder}/{name}".lstrip("/") for folder, (files, _) in table.items() for name in files}


def test_first_walk_finds_every_file(project: Path) -> None:
    table: dict[str, Any] = {}
    assert walk(project, table).differs
    assert paths(table) == {
        "src/a.py", "README.md", "tests/conftest.py", "tests/helper.py", "tests/unit/test_u.py", "tests/api/test_a.py"
    }  # fmt: skip


@pytest.mark.usefixtures("aged")
def test_second_walk_finds_nothing_new(project: Path) -> None:
    table: dict[str, Any] = {}
    walk(project, table)
    again = walk(project, table)
    assert not again.differs
    assert not again.dirty


@pytest.mark.usefixtures("aged")
def test_unchanged_files_are_not_read_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table: dict[str, Any] = {}
    walk(project, table)
    monkeypatch.setattr("lamina.sources.tree.hash_file", lambda path: pytest.fail(f"{path} was read"))
    walk(project, table)


@pytest.mark.usefixtures("aged")
def test_a_touched_file_with_the_same_content_does_not_differ(project: Path) -> None:
    table: dict[str, Any] = {}
    walk(project, table)
    os.utime(project / "src/a.py", (1, 1))
    again = walk(project, table)
    assert not again.differs
    assert again.dirty, "its new times are to be kept"


@pytest.mark.usefixtures("aged")
@pytest.mark.parametrize(
    "change", ["edit", "add", "remove", "remove folder", "rename", "file to folder", "folder to file"]
)
def test_every_change_of_content_or_name_differs(project: Path, change: str) -> None:
    table: dict[str, Any] = {}
    walk(project, table)
    file = project / "src/a.py"
    if change == "edit":
        file.write_text("A = 2\n")
    elif change == "add":
        (project / "src/b.py").write_text("")
    elif change == "rename":
        file.rename(project / "src/c.py")
    else:
        file.unlink()
    if change in ("remove folder", "folder to file"):
        (project / "src").rmdir()
    if change == "folder to file":
        (project / "src").write_text("")
    if change == "file to folder":
        file.mkdir()
        (file / "inside.py").write_text("")
    assert walk(project, table).differs
    fresh: dict[str, Any] = {}
    walk(project, fresh)
    assert paths(table) == paths(fresh)
    assert not walk(project, table).differs


@pytest.mark.usefixtures("aged")
def test_same_size_and_modification_time_do_not_hide_an_edit(project: Path) -> None:
    table: dict[str, Any] = {}
    walk(project, table)
    file = project / "src/a.py"
    before = file.stat()
    file.write_text("A = 2\n")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert walk(project, table).differs


def test_a_file_hashed_right_after_its_change_is_hashed_again(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The racy case: an edit within the same tick of the file system's clock changes no time."""
    table: dict[str, Any] = {}
    monkeypatch.setattr("lamina.sources.tree._TICK_NS", 10**12)
    walk(project, table)
    read: list[str] = []
    monkeypatch.setattr("lamina.sources.tree.hash_file", lambda path: read.append(path) or ("0" * 32, b""))
    walk(project, table)
    assert len(read) == 6


@pytest.mark.parametrize(
    "path",
    [
        ".git/config", ".lamina/index.json", "reports/latest/results.json", "reports/runs/1/index.html",
        "src/__pycache__/a.pyc", ".pytest_cache/x", ".mypy_cache/x", ".tox/x", "node_modules/x.js", "a.egg-info/PKG-INFO",
        ".doit.db", ".doit.db.dat", ".coverage", ".coverage.host.1", "src/a.py~", "src/.a.py.swp", "env/pyvenv.cfg",
    ],
)  # fmt: skip
def test_what_tools_write_is_no_project_file(project: Path, path: str) -> None:
    file = project / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    table: dict[str, Any] = {}
    walk(project, table)
    assert path not in paths(table)


@pytest.mark.parametrize(
    "path", [".coveragerc", "reports/templates/page.html", ".github/workflows/ci.yml", "build/x.py"]
)
def test_what_people_write_is(project: Path, path: str) -> None:
    file = project / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("")
    table: dict[str, Any] = {}
    walk(project, table)
    assert path in paths(table)


@pytest.mark.usefixtures("aged")
def test_a_virtual_environment_made_in_a_known_folder_is_left_out(project: Path) -> None:
    (project / "env").mkdir()
    (project / "env/notes.txt").write_text("")
    table: dict[str, Any] = {}
    walk(project, table)
    (project / "env/lib").mkdir()
    (project / "env/lib/x.py").write_text("")
    (project / "env/pyvenv.cfg").write_text("")
    walk(project, table)
    assert not any(path.startswith("env/") for path in paths(table))
    assert not walk(project, table).differs


@pytest.mark.usefixtures("aged")
def test_a_link_to_a_file_is_its_content_and_a_link_to_a_folder_its_target(project: Path) -> None:
    (project / "link.py").symlink_to("src/a.py")
    (project / "folder").symlink_to("src")
    (project / "nowhere").symlink_to("gone")
    table: dict[str, Any] = {}
    walk(project, table)
    assert {"link.py", "folder", "nowhere"} <= paths(table)
    assert not walk(project, table).differs
    (project / "src/new.py").write_text("")  # below the link's target: a project file of its own
    assert walk(project, table).differs
    assert "folder/new.py" not in paths(table)
    (project / "src/a.py").write_text("other")
    before = table[""][0]["link.py"][4]
    walk(project, table)
    assert table[""][0]["link.py"][4] != before
    (project / "folder").unlink()
    (project / "folder").symlink_to("tests")
    assert walk(project, table).differs


def test_sockets_and_pipes_are_no_files(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(project)  # a socket's path has a length limit
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("socket")
        os.mkfifo("pipe")
        table: dict[str, Any] = {}
        walk(project, table)
    assert not {"socket", "pipe"} & paths(table)


@pytest.mark.usefixtures("aged")
def test_names_that_are_not_utf_8_survive(project: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    (project / name).write_text("")
    table: dict[str, Any] = {}
    walk(project, table)
    assert name in paths(table)
    assert not walk(project, table).differs


def test_fingerprints_are_taken_from_the_previous_table(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lamina.sources.tree._TICK_NS", -1_000_000_000)
    previous: dict[str, Any] = {}
    walk(project, previous)
    monkeypatch.setattr("lamina.sources.tree.hash_file", lambda path: pytest.fail(f"{path} was read"))
    table: dict[str, Any] = {}
    walk(project, table, previous)
    assert table == previous

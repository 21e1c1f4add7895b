"""A cache that somebody else wrote, or half wrote, costs a line and a rebuild and never a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

GARBAGE = b"\x00\xffnot what you expect"


@pytest.mark.parametrize("name", ["index.json", "doit.json", "history.sqlite3", "layers.json"])
def test_a_foreign_file_is_set_aside(project: Any, name: str) -> None:
    project.doit("unit")
    (project.root / ".lamina" / name).write_bytes(GARBAGE)
    out, err = project.doit("unit")
    assert "Traceback" not in out + err
    if name != "layers.json":
        assert f"{name}" in out + err
        assert "set aside" in out + err
    project.doit("unit")
    project.doit("unit")
    assert project.outcomes() == {"unit": "cached"}


def test_every_file_at_once(project: Any) -> None:
    project.doit("unit")
    for path in (project.root / ".lamina").rglob("*"):
        if path.is_file() and "sessions" not in path.parts:
            path.write_bytes(GARBAGE)
    project.doit("unit")
    assert project.outcomes() == {"unit": "passed"}


def test_a_folder_that_can_not_be_made(project: Any, tmp_path: Path) -> None:
    project.write(".lamina", "a file in its place")
    out, err = project.doit("unit", TMPDIR=str(tmp_path))
    assert "Traceback" not in out + err
    assert project.outcomes() == {"unit": "passed"}
    assert "can't be made (" in out
    assert "nothing of this run will be remembered" in out
    assert not list(tmp_path.glob("lamina-*")), "the temporary folder is gone"


def test_an_empty_folder(project: Any) -> None:
    project.doit("unit")
    for path in sorted((project.root / ".lamina").rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    project.doit("unit")
    assert project.outcomes() == {"unit": "passed"}

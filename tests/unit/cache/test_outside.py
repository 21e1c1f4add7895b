"""What doit asks before it skips a category: whether variables, listings and files of no manifest are as they were."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lamina.cache import outside


class Outside:
    def __init__(self, kept: Any) -> None:
        self.kept = kept
        self.cache = str(kept.root / ".lamina")

    def keep(self) -> bool:
        table = self.kept.present()._table
        return outside.keep(self.cache, str(self.kept.root), "unit", table, self.kept.environment)

    @property
    def is_unchanged(self) -> bool:
        table = self.kept.present()._table
        return outside.is_unchanged(self.cache, str(self.kept.root), "unit", table, self.kept.environment)


@pytest.fixture
def project(kept: Any) -> Outside:
    kept.write(app_py="def f(): pass\n", node_modules__a_txt="1", data__one_txt="1")
    kept.set({"A": "1", "B": "1"})
    keys = ["env:A", "list:data", "exists:later.txt", "file:node_modules/a.txt", "file:app.py", "file:absent.txt"]
    kept.record("f", inputs=keys)
    found = Outside(kept)
    found.keep()
    return found


def test_nothing_changed(project: Outside) -> None:
    assert project.is_unchanged


@pytest.mark.parametrize(
    "change",
    [
        {"node_modules__a_txt": "2"},
        {"data__two_txt": ""},
        {"later_txt": ""},
        {"absent_txt": ""},
        {"node_modules__a_txt": None},
    ],
)
def test_what_no_manifest_has(project: Outside, change: dict[str, str | None]) -> None:
    project.kept.write(**change)
    assert not project.is_unchanged
    project.keep()
    assert project.is_unchanged


def test_variables(project: Outside) -> None:
    project.kept.set({"A": "1", "B": "2"})
    assert project.is_unchanged
    project.kept.set({"A": "2", "B": "2"})
    assert not project.is_unchanged


def test_files_of_manifests_are_told_of_by_these(project: Outside) -> None:
    project.kept.write(app_py="def f(): return 1\n")
    assert project.is_unchanged


def test_without_a_record(kept: Any) -> None:
    assert not Outside(kept).is_unchanged
    assert Outside(kept).keep()
    assert Outside(kept).is_unchanged


def test_what_can_not_be_kept_is_said(kept: Any) -> None:
    (kept.root / ".lamina/inputs").write_text("a file in its place")
    assert not Outside(kept).keep()


@pytest.mark.parametrize("text", ["no json", "[1]", "{"])
def test_a_broken_record_skips_nothing(project: Outside, text: str) -> None:
    path = Path(project.cache) / "inputs" / "unit.outside.json"
    assert path.exists()
    path.write_text(text)
    assert not project.is_unchanged

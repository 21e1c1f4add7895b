from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from lamina.sources.index import FORMAT, Index, load, save


def test_comes_back_as_it_was(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.py")
    index = Index(table={"": [{name: [1, 2, 3, 4, "f" * 32, []]}, ["x/"]]}, basis="b", digests={"unit": "d"})
    notes: list[str] = []
    save(str(tmp_path / "new"), index, notes)
    assert load(str(tmp_path / "new"), notes) == index
    assert notes == []


def test_keeps_itself_out_of_git(tmp_path: Path) -> None:
    save(str(tmp_path / "new"), Index(), [])
    assert (tmp_path / "new/.gitignore").read_text() == "*\n"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "\0\0",
        '{"format": "another", "table": {}}',
        json.dumps({"format": FORMAT, "unknown": 1}),
        "[" * 10**5,
    ],
    ids=["empty", "torn", "a list", "zeros", "another format", "another shape", "deep"],
)
def test_what_it_can_not_understand_is_set_aside_with_a_note(tmp_path: Path, text: str) -> None:
    (tmp_path / "index.json").write_text(text)
    notes: list[str] = []
    assert load(str(tmp_path), notes) == Index()
    (note,) = notes
    assert "could not be read; it was set aside as index.json.broken-" in note
    assert not (tmp_path / "index.json").exists()
    assert [path.read_text() for path in tmp_path.glob("index.json.broken-*")] == [text]


def test_a_folder_that_can_not_be_written_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    notes: list[str] = []
    save(str(tmp_path / "taken"), Index(), notes)
    assert len(notes) == 1
    assert "could not be written" in notes[0]

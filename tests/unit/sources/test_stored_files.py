from __future__ import annotations

from pathlib import Path

import pytest

from lamina.sources.stored_files import read_text, set_aside, write_text


def test_text_comes_back_byte_for_byte(tmp_path: Path) -> None:
    path = str(tmp_path / "file")
    for text in ["", "a\r\nb\n", "\udce9"]:
        write_text(path, text)
        assert read_text(path) == text
    assert (tmp_path / "file").read_bytes() == b"\xe9"


def test_nothing_is_left_of_a_write_that_failed(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_text(str(tmp_path / "folder"), "text")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_missing(tmp_path: Path) -> None:
    assert read_text(str(tmp_path / "none")) is None
    assert "could not be set aside" in set_aside(str(tmp_path / "none"))

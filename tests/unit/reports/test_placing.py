from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lamina.reports.placing import link, put


def test_what_breaks_off_leaves_no_trace(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"before")

    def pieces() -> Iterator[bytes]:
        yield b"half"
        raise RuntimeError("a template raises")

    with pytest.raises(RuntimeError):
        put(tmp_path / "a", pieces())
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a", b"before")]


def test_a_link_replaces_a_file_and_leaves_the_old_ones_other_names(tmp_path: Path) -> None:
    put(tmp_path / "1/a", [b"one"])
    link(tmp_path / "1/a", tmp_path / "latest/a")
    put(tmp_path / "2/a", [b"t", memoryview(b"wo")])
    link(tmp_path / "2/a", tmp_path / "latest/a")
    assert (tmp_path / "1/a").read_bytes() == b"one"
    assert (tmp_path / "latest/a").read_bytes() == b"two"


def test_linking_twice_is_as_linking_once(tmp_path: Path) -> None:
    put(tmp_path / "1/a", [b"one"])
    link(tmp_path / "1/a", tmp_path / "latest/a")
    link(tmp_path / "1/a", tmp_path / "latest/a")
    assert [path.name for path in (tmp_path / "latest").iterdir()] == ["a"]

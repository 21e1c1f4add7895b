"""Who reads a file that a test left in the project depends on what that test used."""

from __future__ import annotations

from pathlib import Path

import pytest

from lamina.tracing.inputs import Inputs
from lamina.tracing.recorder import Collector
from lamina.workers.left_files import LeftFiles


@pytest.fixture
def left(tmp_path: Path) -> LeftFiles:
    """The first maker has left a file, a folder with one, and removed a third one."""
    (tmp_path / "data" / "new").mkdir(parents=True)
    (tmp_path / "data" / "new" / "b.txt").touch()
    (tmp_path / "data" / "a.txt").touch()
    left = LeftFiles(Inputs(str(tmp_path), ""))
    left.note(used(1, 1, 2), [str(tmp_path / name) for name in ("data/a.txt", "data/new", "gone.txt")])
    left.note(used(9), ["/elsewhere/c.txt"])
    return left


def used(*hits: int, key: str = "") -> Collector:
    """A collector with these bodies, which may have read something."""
    collector = Collector()
    collector.hits += hits
    collector.inputs |= {key} - {""}
    return collector


@pytest.mark.parametrize(
    ("key", "hits"),
    [
        ("file:data/a.txt", [5, 1, 2]),
        ("exists:data/a.txt", [5, 1, 2]),
        ("file:data/new/b.txt", [5, 1, 2]),
        ("list:data/new", [5, 1, 2]),
        ("list:data", [5, 1, 2]),
        ("file:data/other.txt", [5]),
        ("file:gone.txt", [5]),
        ("list:", [5]),
        ("env:data/a.txt", [5]),
    ],
)
def test_what_a_reader_takes_over(left: LeftFiles, key: str, hits: list[int]) -> None:
    reader = used(5, key=key)
    left.pass_on(reader)
    assert reader.hits == hits


def test_who_reads_and_writes_passes_on_what_it_took_over(left: LeftFiles, tmp_path: Path) -> None:
    between = used(5, key="file:data/a.txt")
    left.pass_on(between)
    (tmp_path / "data" / "b.txt").touch()
    left.note(between, [str(tmp_path / "data" / "b.txt")])
    reader = used(6, key="file:data/b.txt")
    left.pass_on(reader)
    assert set(reader.hits) == {1, 2, 5, 6}


def test_what_was_taken_away_is_left_no_more(left: LeftFiles, tmp_path: Path) -> None:
    (tmp_path / "data" / "a.txt").unlink()
    left.note(used(7), [str(tmp_path / "data" / "a.txt")])
    reader = used(5, key="exists:data/a.txt")
    left.pass_on(reader)
    assert reader.hits == [5]

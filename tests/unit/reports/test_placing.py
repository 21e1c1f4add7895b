from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lamina.reports import placing
from lamina.reports.placing import alone, forget_old, link, put


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


def runs_left(tmp_path: Path, number: int, size: int) -> list[int]:
    for run in range(number):
        put(tmp_path / f"20251121-0800{run:02}-ab" / "a", [b"x" * size])
    put(tmp_path / "notes" / "mine", [b"x"])
    forget_old(tmp_path)
    assert (tmp_path / "notes" / "mine").exists(), "not ours to delete"
    return sorted(int(path.name[13:15]) for path in tmp_path.glob("2*"))


def test_the_newest_runs_are_kept(tmp_path: Path) -> None:
    assert runs_left(tmp_path, 23, 10) == list(range(3, 23))


@pytest.mark.parametrize(("size", "left"), [(30, [4, 5, 6]), (60, [6]), (200, [6])])
def test_large_ones_are_kept_as_long_as_there_is_room(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, left: list[int]
) -> None:
    monkeypatch.setattr(placing, "KEPT_BYTES", 100)
    assert runs_left(tmp_path, 7, size) == left


def test_a_run_that_began_first_and_ended_last_is_kept(tmp_path: Path) -> None:
    for second in (*range(1, 21), 0):
        put(tmp_path / f"20251121-0800{second:02}-ab" / "a", [b"x"])
    forget_old(tmp_path)
    left = sorted(int(path.name[13:15]) for path in tmp_path.iterdir())
    assert left == [0, *range(2, 21)]


def test_runs_that_end_together_link_their_files_one_after_the_other(tmp_path: Path) -> None:
    said = []

    def second() -> None:
        with alone(tmp_path):
            said.append("second")

    with alone(tmp_path):
        other = threading.Thread(target=second)
        other.start()
        other.join(0.2)
        said.append("first")
    other.join()
    assert said == ["first", "second"]


def test_a_folder_that_cannot_be_locked_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with alone(tmp_path / "file" / "reports"):
        pass

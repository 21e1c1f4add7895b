from __future__ import annotations

import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sample_runs import hostile_run, large_run, make_run, make_test

from lamina.reports import write_reports

FILES = {"results.json", "junit.xml", "index.html"}


def test_files_are_in_the_runs_folder_and_in_latest(tmp_path: Path) -> None:
    run = make_run([make_test("test_a")])
    assert write_reports(run, tmp_path) == []
    for folder in (tmp_path / "latest", tmp_path / "runs" / run.run.id):
        assert {path.name for path in folder.iterdir()} == FILES
        assert json.loads((folder / "results.json").read_bytes())["run"]["id"] == run.run.id
        assert not any(path.is_symlink() for path in folder.iterdir())


def test_hostile_texts_can_be_written(tmp_path: Path) -> None:
    assert write_reports(hostile_run(), tmp_path) == []
    assert (tmp_path / "latest/index.html").read_text(encoding="utf-8")


def test_the_latest_is_the_last_one(tmp_path: Path) -> None:
    for number in range(3):
        write_reports(make_run([make_test("test_a")], id=f"20251120-09000{number}-1"), tmp_path)
    assert json.loads((tmp_path / "latest/results.json").read_bytes())["run"]["id"] == "20251120-090002-1"
    assert (
        json.loads((tmp_path / "runs/20251120-090000-1/results.json").read_bytes())["run"]["id"] == "20251120-090000-1"
    )


def test_old_runs_go_and_what_is_not_a_run_stays(tmp_path: Path) -> None:
    (tmp_path / "runs/0-my-notes").mkdir(parents=True)
    for number in range(23):
        write_reports(make_run([make_test("test_a")], id=f"20251120-0900{number:02}-1"), tmp_path)
    names = sorted(os.listdir(tmp_path / "runs"))
    assert names == ["0-my-notes", *(f"20251120-0900{number:02}-1" for number in range(3, 23))]


def test_a_folder_that_can_not_be_made_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "reports").write_text("a file where the folder should be")
    notes = write_reports(make_run([make_test("test_a")]), tmp_path / "reports")
    assert len(notes) == 1
    assert "results.json, junit.xml and index.html could not be written" in notes[0].text
    assert "Not a directory" in notes[0].text


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """As on a full disk, writing more than `size` bytes fails half-way."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_a_note_and_leaves_what_was_there(tmp_path: Path) -> None:
    earlier = make_run([make_test("test_a")], id="20251120-080000-1")
    write_reports(earlier, tmp_path)
    with files_limited_to(10_000):
        notes = write_reports(large_run(500), tmp_path)
    assert len(notes) == 1
    assert "What lies there is older." in notes[0].text
    assert json.loads((tmp_path / "latest/results.json").read_bytes())["run"]["id"] == earlier.run.id
    left = [path.name for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(left) == sorted([*FILES, *FILES])


@pytest.mark.parametrize("template", ["{{ nothing_of_this_name }}", "{% if %}", "{{ 1 / 0 }}"])
def test_a_projects_faulty_template_costs_only_the_page(tmp_path: Path, template: str) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates/index.html").write_text(template)
    notes = write_reports(make_run([make_test("test_a")]), tmp_path, tmp_path / "templates")
    assert [note.text.partition(":")[0] for note in notes] == ["index.html could not be made"]
    assert str(tmp_path / "templates") in notes[0].text
    assert {path.name for path in (tmp_path / "latest").iterdir()} == FILES - {"index.html"}

"""What killed runs have left goes; what belongs to one that lives stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lamina.engine.tidying import tidy
from lamina.workers.processes import TOKEN_VARIABLE
from lamina.workers.session_folders import begin_session, end_session, note

DAY = 24 * 3600
RUN = """
import sys, time
from lamina.workers.session_folders import begin_session
held = begin_session(sys.argv[1])
print("here", flush=True)
time.sleep(60)
"""


def aged(path: Path, seconds: float) -> Path:
    os.utime(path, (time.time() - seconds,) * 2)
    return path


def left(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    found = tmp_path / ".lamina"
    (found / "sessions").mkdir(parents=True)
    return found


def test_a_killed_runs_folder_goes_and_a_living_ones_stays(folder: Path) -> None:
    runs = []
    for name in ("living", "killed"):
        place = folder / "sessions" / name
        run = subprocess.Popen([sys.executable, "-c", RUN, str(place)], stdout=subprocess.PIPE, text=True)
        assert run.stdout is not None and run.stdout.readline() == "here\n"
        (place / "children").mkdir()
        (place / "children" / "1-1").touch()
        aged(place, 3600)
        runs.append(run)
    runs[1].send_signal(signal.SIGKILL)
    runs[1].communicate()
    try:
        tidy(str(folder), 1, 1)
        assert os.listdir(folder / "sessions") == ["living"]
        assert left(folder / "sessions") == ["living/children/1-1", "living/run.lock"]
    finally:
        runs[0].kill()
        runs[0].communicate()
    tidy(str(folder), 1, 1)
    assert os.listdir(folder / "sessions") == []


def test_one_that_begins_just_now_stays(folder: Path) -> None:
    (folder / "sessions" / "a.new").mkdir()
    tidy(str(folder), 1, 1)
    assert os.listdir(folder / "sessions") == ["a.new"]
    aged(folder / "sessions" / "a.new", 120)
    tidy(str(folder), 1, 1)
    assert os.listdir(folder / "sessions") == []


def test_what_is_left_of_a_killed_run_goes_with_its_folder(folder: Path, tmp_path: Path) -> None:
    place, own, other = folder / "sessions" / "killed", tmp_path / "lamina-x", tmp_path / "other"
    for path in (own, other):
        path.mkdir()
        (path / "file").touch()
    token = f"test/{tmp_path}"
    orphan = subprocess.Popen(["sleep", "600"], env={**os.environ, TOKEN_VARIABLE: token}, start_new_session=True)
    held = begin_session(str(place))
    note(str(place), token, str(own))
    tidy(str(folder), 1, 1)
    assert orphan.poll() is None and own.exists(), "its run lives"
    os.close(held)
    tidy(str(folder), 1, 1)
    assert orphan.wait(10) == -signal.SIGKILL
    assert not own.exists() and not place.exists()
    note(str(begun(place)), "", str(other))
    tidy(str(folder), 1, 1)
    assert other.exists() and not place.exists(), "only what lamina has made is removed"


def begun(place: Path) -> Path:
    os.close(begin_session(str(place)))
    return place


def test_a_sessions_own_end(folder: Path) -> None:
    place = str(folder / "sessions" / "a")
    end_session(place, begin_session(place))
    assert os.listdir(folder / "sessions") == []


def test_code_goes_by_age_and_size(folder: Path) -> None:
    for name, hours in (("a", 0), ("b", 2), ("c", 3), ("d", 30)):
        path = folder / "code" / "0f" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * 1000)
        aged(path, hours * 3600)
    tidy(str(folder), 24, 0.0025)
    assert left(folder / "code") == ["0f/a", "0f/b"]


def test_without_bounds_code_stays(folder: Path) -> None:
    path = folder / "code" / "0f" / "a"
    path.parent.mkdir(parents=True)
    path.touch()
    aged(path, 1000 * DAY)
    tidy(str(folder), 0, 0)
    assert path.exists()


def test_what_was_set_aside_goes_and_nothing_else(folder: Path) -> None:
    (folder / "inputs").mkdir()
    names = (
        "history.sqlite3.broken-1",
        "index.json.1.2.draft",
        "inputs/unit.done.1.2.draft",
        "cache.sqlite3",
        "inputs/unit.done",
    )
    for name in names:
        aged(folder / name if (folder / name).touch() is None else folder, 8 * DAY)
    (folder / "new.broken-2").touch()
    (folder / "new.draft").touch()
    tidy(str(folder), 1, 1)
    assert left(folder) == [".tidied", "cache.sqlite3", "inputs/unit.done", "new.broken-2", "new.draft"]


def test_once_a_day(folder: Path) -> None:
    tidy(str(folder), 1, 1)
    old = aged(folder / "a.draft" if (folder / "a.draft").touch() is None else folder, 2 * DAY)
    tidy(str(folder), 1, 1)
    assert old.exists()
    aged(folder / ".tidied", DAY + 1)
    tidy(str(folder), 1, 1)
    assert not old.exists()


def test_where_there_is_nothing(tmp_path: Path) -> None:
    tidy(str(tmp_path / "missing"), 1, 1)
    assert not (tmp_path / "missing").exists()

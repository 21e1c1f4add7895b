"""Several worktrees of a repository: results obtained in one are served in the others."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest

TESTS = """\
import os
import pathlib
import subprocess
import sys

import app


def test_value():
    assert app.value() == 1


def test_file():
    assert pathlib.Path("data.txt").read_text() == "1"


def test_variables():
    assert dict(os.environ)["PLACE"] and os.environ["PWD"]


def test_program():
    subprocess.run(["true"], check=True)


def test_python():
    subprocess.run([sys.executable, "-c", "pass"], check=True)
"""


def git(folder: Path, *words: str) -> None:
    own = ("-c", "user.name=a", "-c", "user.email=a@b")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    subprocess.run(["git", *own, *words], cwd=folder, env=environment, check=True, capture_output=True)


@pytest.fixture
def main(project: Any) -> Any:
    """A project in a repository."""
    project.write("src/app.py", "def value(): return 1\n")
    project.write("data.txt", "1")
    project.write(".gitignore", "/reports/\n")
    project.write("tests/conftest.py", "import pathlib, sys\nsys.path.insert(0, str(pathlib.Path('src').absolute()))\n")
    project.write("tests/unit/test_u.py", TESTS)
    git(project.root, "init", "-q")
    git(project.root, "add", ".")
    git(project.root, "commit", "-qm", "first")
    return project


@pytest.fixture
def linked(main: Any, tmp_path: Path) -> Any:
    """Another worktree of it."""
    git(main.root, "worktree", "add", "-q", "--detach", str(tmp_path / "linked"))
    other = object.__new__(type(main))
    other.root, other.environment = tmp_path / "linked", main.environment
    return other


def run(project: Any, *words: str, status: int = 0, **variables: str) -> str:
    """The end of what `doit unit` says, with variables as a shell in the checkout has them."""
    place = {"PWD": str(project.root), "PLACE": f"{project.root}/data:/usr/share", "LAMINA_AUDIT": "0", **variables}
    out, err = project.doit("unit", *words, status=status, **place)
    assert "Traceback" not in out + err
    return str(out)


def cached(project: Any) -> dict[str, bool]:
    return {test["id"].rpartition("::")[2]: test["cached"] for test in project.results()["tests"]}


def test_results_of_one_are_served_in_the_other(main: Any, linked: Any) -> None:
    assert "executed 5, cached 0" in run(main)
    assert "executed 0, cached 5" in run(linked)
    (category,) = [one for one in linked.results()["layers"][0]["categories"] if one["name"] == "unit"]
    assert (category["outcome"], category["counts"]) == ("cached", {"passed": 5})
    assert not (linked.root / ".lamina/cache.sqlite3").exists()
    reason = linked.results()["tests"][0]["reason"]
    earlier = main.results()["run"]["id"]
    assert f"run {earlier} at " in reason
    assert f" in {main.root} on {os.uname().nodename})" in reason
    assert "executed 0, cached 5" in run(linked), "nor does doit ask again"
    assert linked.results()["tests"][0]["reason"] == reason


def test_and_the_other_way_round(main: Any, linked: Any) -> None:
    run(linked)
    assert "executed 0, cached 5" in run(main)
    assert f" in {linked.root} on " in main.results()["tests"][0]["reason"]
    linked.write("src/app.py", "def value(): return 2 - 1\n")
    run(linked)
    assert {name for name, served in cached(linked).items() if not served} == {"test_value", "test_program"}
    main.write("src/app.py", "def value(): return 2 - 1\n")
    assert "executed 0, cached 5" in run(main)


def test_what_fails_in_one_is_run_in_the_other(main: Any, linked: Any) -> None:
    run(main)
    linked.write("src/app.py", "def value(): return 2\n")
    assert "1 failed" in run(linked, status=1)
    main.write("src/app.py", "def value(): return 2\n")
    assert "1 failed" in run(main, status=1)
    git(main.root, "checkout", "-q", "src")
    assert "executed 0, cached 5" in run(main)


def test_why_tells_where_a_result_comes_from(main: Any, linked: Any) -> None:
    run(main)
    out, _ = linked.doit("why", "test_value")
    assert "from cache: passed in " in out
    assert f" in {main.root} on {os.uname().nodename}" in out
    assert f"run {main.results()['run']['id']} at " in out


def test_own_results_tell_only_of_their_run(main: Any) -> None:
    run(main)
    main.write("src/app.py", "def value(): return 2 - 1\n")
    run(main)
    reasons = {test["id"].rpartition("::")[2]: test["reason"] for test in main.results()["tests"]}
    assert str(main.root) not in reasons["test_file"]
    assert "(run 2" in reasons["test_file"]


def test_nothing_of_it_is_seen_by_git(main: Any, linked: Any) -> None:
    run(linked)
    assert (main.root / ".lamina/cache.sqlite3").exists()
    for folder in (main.root, linked.root):
        shown = subprocess.run(["git", "status", "--porcelain"], cwd=folder, capture_output=True, text=True, check=True)
        assert [line for line in shown.stdout.splitlines() if "__pycache__" not in line] == []


def test_clean_forgets_for_all_worktrees(main: Any, linked: Any) -> None:
    run(main)
    run(linked)
    linked.doit("clean", "unit")
    assert "executed 5, cached 0" in run(linked)
    linked.doit("clean", "unit")
    assert "executed 0, cached 5" in run(main), "doit still knows there that nothing changed"
    main.write("src/app.py", "def value(): return 2 - 1\n")
    assert "executed 5, cached 0" in run(main)


def test_runs_in_both_at_once(main: Any, linked: Any) -> None:
    for project in (main, linked):
        project.write(
            "tests/unit/test_many.py", "import pytest\n@pytest.mark.parametrize('n', range(300))\ndef test(n): pass\n"
        )
    linked.write("src/app.py", "def value(): return 2 - 1\n")
    names = {"PLACE": "here", "LAMINA_AUDIT": "0"}
    runs = [project.start("unit", **names, PWD=str(project.root)) for project in (main, linked)]
    for one in runs:
        out, err = one.communicate(timeout=120)
        assert one.returncode == 0, out + err
        assert "Traceback" not in out + err and "not cached" not in out + err
    main.write("src/app.py", "def value(): return 2 - 1\n")
    assert "executed 0, cached 305" in run(main, PLACE="here")


def test_a_category_that_is_only_skipped_keeps_its_results(main: Any) -> None:
    run(main)
    day = 24 * 3600
    connection = sqlite3.connect(main.root / ".lamina/cache.sqlite3", isolation_level=None)
    connection.execute("update traces set used = used - ?", (2 * day,))
    query = "select count(*) from traces where used > strftime('%s', 'now') - 3600"
    run(main)
    assert connection.execute(query).fetchone() == (0,), "not each time"
    done = main.root / ".lamina/inputs/unit.done"
    os.utime(done, (done.stat().st_mtime - 2 * day,) * 2)
    run(main)
    assert connection.execute(query).fetchone() == (7,), "of five tests, their file, and that no other file has any"
    connection.close()


def test_an_absolute_cache_folder_is_the_one_that_is_used(main: Any, linked: Any, tmp_path: Path) -> None:
    run(main)
    assert "executed 5, cached 0" in run(linked, LAMINA_CACHE_DIR=str(tmp_path / "away"))
    assert (tmp_path / "away/cache.sqlite3").exists()


def test_code_from_outside_of_the_project_is_not_shared(main: Any, linked: Any, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/other.py").write_text("VALUE = 1\n")
    place = {"PYTHONPATH": str(tmp_path / "outside")}
    run(main, **place)
    assert "executed 5, cached 0" in run(linked, **place)
    main.write("data.txt", "1\n")
    main.write("data.txt", "1")
    (main.root / "reports/latest/results.json").unlink()
    assert "executed 0, cached 5" in run(main, **place)


def test_another_version_of_the_file_stays_what_it_is(main: Any, linked: Any) -> None:
    run(main)
    connection = sqlite3.connect(main.root / ".lamina/cache.sqlite3")
    connection.execute("pragma user_version = 1")
    connection.close()
    assert "executed 5, cached 0" in run(linked)
    assert (linked.root / ".lamina/cache.sqlite3").exists()
    assert not list((main.root / ".lamina").glob("*.broken-*"))


def test_the_main_worktree_is_gone(main: Any, linked: Any) -> None:
    run(main)
    shutil.rmtree(main.root)
    assert "executed 5, cached 0" in run(linked)
    assert "executed 0, cached 5" in run(linked)
    assert json.loads((linked.root / "reports/latest/results.json").read_text())["run"]["commit"] == ""

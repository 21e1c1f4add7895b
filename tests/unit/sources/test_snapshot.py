from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lamina.sources.index import FORMAT
from lamina.sources.snapshot import Snapshot, take

Make = Callable[..., dict[str, Any]]
Take = Callable[..., Snapshot]
pytestmark = pytest.mark.usefixtures("aged")


@pytest.fixture
def look(project: Path, configuration: Make) -> Take:
    """Takes a snapshot of the project, as a new run would."""

    def take_one(*categories: dict[str, Any], **settings: Any) -> Snapshot:
        return take(
            str(project),
            str(project / ".lamina"),
            configuration(*categories, **{"cache_granularity": "block", **settings}),
        )

    return take_one


def changed(before: Snapshot, after: Snapshot) -> set[str]:
    return {name for name in ("unit", "api") if before.digest(name) != after.digest(name)}


def test_files_and_counts(look: Take) -> None:
    found = look()
    assert found.files_of("unit") == ["tests/unit/test_u.py"]
    assert found.count("api") == 1
    assert not found.is_empty("api")
    assert found.manifests("unit") == [".lamina/inputs/_shared.txt", ".lamina/inputs/unit.txt"]
    assert found.notes == []


def test_nothing_changed(look: Take, project: Path) -> None:
    before = look()
    written = {path: path.stat().st_mtime_ns for path in (project / ".lamina").rglob("*") if path.is_file()}
    assert changed(before, look()) == set()
    assert {path: path.stat().st_mtime_ns for path in (project / ".lamina").rglob("*") if path.is_file()} == written


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("src/a.py", {"unit", "api"}),
        ("tests/helper.py", {"unit", "api"}),
        ("tests/conftest.py", {"unit", "api"}),
        ("data.json", {"unit", "api"}),
        ("tests/unit/test_u.py", {"unit"}),
        ("tests/api/test_new.py", {"api"}),
        (".lamina/anything", set()),
        ("reports/latest/results.json", set()),
    ],
)
def test_what_a_changed_file_changes(look: Take, project: Path, path: str, expected: set[str]) -> None:
    before = look()
    (project / path).parent.mkdir(parents=True, exist_ok=True)
    (project / path).write_text("changed = 1\n")
    assert changed(before, look()) == expected


def test_a_test_file_that_others_import_counts_for_all(look: Take, project: Path) -> None:
    (project / "tests/api/test_a.py").write_text("from tests.unit.test_u import test_u\n")
    before = look()
    (project / "tests/unit/test_u.py").write_text("def test_u(): pass\n")
    assert changed(before, look()) == {"unit", "api"}


def test_going_back_gives_the_same_digest(look: Take, project: Path) -> None:
    before = look()
    text = (project / "src/a.py").read_text()
    (project / "src/a.py").write_text("A = 3\n")
    look()
    (project / "src/a.py").write_text(text)
    assert changed(before, look()) == set()


def test_surroundings_count(look: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    before = look()
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x")
    assert changed(before, look()) == {"unit", "api"}


def test_own_configuration_counts_for_its_category(look: Take, category: Make) -> None:
    before = look(category("unit", rest=True), category("api"))
    after = look(category("unit", rest=True), category("api", timeout_seconds=5))
    assert changed(before, after) == {"api"}


def test_another_granularity_is_another_state(look: Take) -> None:
    before, after = look(trace=True), look(trace=True, cache_granularity="file")
    assert changed(before, after) == {"unit", "api"}
    assert before.configuration_state("unit") == after.configuration_state("unit")
    assert changed(look(trace=False), look(trace=False, cache_granularity="file")) == set()


def test_inputs_restrict(look: Take, project: Path, category: Make) -> None:
    chosen = (category("unit", rest=True), category("api", inputs=["src/**"]))
    before = look(*chosen, trace=False)
    assert before.manifests("api") == [".lamina/inputs/api.txt"]
    (project / "README.md").write_text("other\n")
    assert changed(before, look(*chosen, trace=False)) == {"unit"}


def test_inputs_say_only_what_is_not_traced(look: Take, project: Path, category: Make) -> None:
    chosen = (category("unit", rest=True), category("api", inputs=["src/**", "scr/**"]))
    before = look(*chosen, trace=True)
    assert before.unmatched_inputs == [("api", "scr/**")]
    (project / "README.md").write_text("other\n")
    assert changed(before, look(*chosen, trace=True)) == {"unit", "api"}


def test_pytest_settings_decide_what_is_a_test_file(look: Take, project: Path) -> None:
    (project / "tests/unit/check_x.py").write_text("")
    assert look().files_of("unit") == ["tests/unit/test_u.py"]
    (project / "pytest.ini").write_text("[pytest]\npython_files = check_*.py\n")
    assert look().files_of("unit") == ["tests/unit/check_x.py"]
    assert look().is_empty("api")


def test_the_rest_may_have_doctests_in_any_file(look: Take, project: Path) -> None:
    (project / "tests/unit/test_u.py").unlink()
    assert look().is_empty("unit")
    (project / "pytest.ini").write_text("[pytest]\naddopts = --doctest-modules\n")
    assert not look().is_empty("unit")
    assert look().count("api") == 1


def test_what_changed_since_it_passed(look: Take, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    first = look()
    assert first.difference("unit") is None
    first.mark_done("unit")
    assert first.changed("unit") == []
    (project / "src/a.py").write_text("A = 2\n")
    (project / "src/new.py").write_text("")
    (project / "README.md").unlink()
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x")
    difference = look().difference("unit")
    assert difference is not None
    assert difference.files == ["README.md", "src/a.py", "src/new.py"]
    assert difference.facts == ["variable PYTEST_ADDOPTS -x"]
    look().forget("unit")
    assert look().difference("unit") is None


def test_an_older_snapshot_keeps_its_own_view(look: Take, project: Path) -> None:
    """Two runs at once: the second writes the manifests anew, while the first has yet to say what passed."""
    first = look()
    digest = first.digest("unit")
    (project / "src/a.py").write_text("A = 2\n")
    look()
    assert first.digest("unit") == digest
    assert set(first.digests().values()) >= {digest[:32], digest[32:]}
    first.mark_done("unit")
    assert look().changed("unit") == ["src/a.py"]


@pytest.mark.parametrize("victim", ["index.json", "inputs/unit.txt", "inputs/_shared.txt", "inputs"])
def test_what_is_deleted_from_the_cache_is_made_again(look: Take, project: Path, victim: str) -> None:
    before = look()
    path = project / ".lamina" / victim
    if path.is_dir():
        for file in path.iterdir():
            file.unlink()
        path.rmdir()
    else:
        path.unlink()
    again = look()
    assert changed(before, again) == set()
    assert again.files_of("unit") == ["tests/unit/test_u.py"]
    assert (project / ".lamina/inputs/unit.txt").exists()


def test_a_manifest_that_was_tampered_with_is_not_believed(look: Take, project: Path) -> None:
    look()
    (project / ".lamina/inputs/unit.txt").write_text(f"test  {'0' * 32}  tests/evil/test_e.py\n")
    assert look().files_of("unit") == ["tests/unit/test_u.py"]


@pytest.mark.parametrize(
    "table",
    ['{"": "x"}', '{"": [{"README.md": []}, []]}', '{"": [{"README.md": [1, 2, 3]}, []]}', "[1]", '{"": [[], []]}'],
)
def test_an_index_of_another_shape_is_set_aside(look: Take, project: Path, table: str) -> None:
    before = look()
    path = project / ".lamina/index.json"
    path.write_text(f'{{"format": "{FORMAT}", "table": {table}}}')
    again = look()
    assert changed(before, again) == set()
    assert len(again.notes) == 1
    assert "set aside" in again.notes[0]


def test_a_file_in_the_place_of_the_cache_is_a_note(look: Take, project: Path) -> None:
    (project / ".lamina").write_text("")
    found = look()
    assert len(found.notes) == 2
    assert found.files_of("unit") == ["tests/unit/test_u.py"]


def test_names_that_are_not_utf_8(look: Take, project: Path) -> None:
    name = os.fsdecode(b"tests/unit/test_caf\xe9.py")
    (project / name).write_text("")
    assert name in look().files_of("unit")
    found = look()
    assert name in found.files_of("unit")
    found.mark_done("unit")
    (project / name).write_text("# changed\n")
    assert look().changed("unit") == [name]


def test_fingerprint_of_one_file(look: Take) -> None:
    found = look()
    assert found.fingerprint("src/a.py") is not None
    assert found.fingerprint("README.md") is not None
    assert found.fingerprint("src/none.py") is None
    assert found.fingerprint("none/none.py") is None


def test_imports_nothing_heavy() -> None:
    import subprocess

    code = "import lamina.sources.snapshot, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"pathspec", "msgspec", "yaml", "pytest", "xxhash"} & set(loaded)

"""The kept plain form: the same as built afresh, never stale, and never the reason for a failure."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lamina.errors import ConfigurationError
from lamina.layers import compiled, configuration_of, load_configuration

SHOW_MODULES = """
import json, sys
from lamina.layers import compiled, plan
plain = compiled.load(sys.argv[1])
plan.phases(plain), plan.select(plain), plan.waves(plain, "fast_feedback")
print(json.dumps(sorted(name for name in ("msgspec", "yaml", "_pytest", "difflib") if name in sys.modules)))
"""


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The roots for which the configuration was built afresh."""
    built: list[Path] = []
    original = compiled._build

    def counting(root: Path, *arguments: Any) -> dict[str, Any]:
        built.append(root)
        return original(root, *arguments)

    monkeypatch.setattr(compiled, "_build", counting)
    return built


def load(root: Path, *arguments: Any, **variables: str) -> dict[str, Any]:
    return compiled.load(str(root), *arguments, variables=variables)


def test_it_is_the_model_in_plain_form(project: Any, builds: list[Path]) -> None:
    project.write(layers="layers: {fast_feedback: {resource_limits: {instances: 3}}}")
    first, second = load(project.root), load(project.root)
    assert first == second == json.loads(json.dumps(first))
    assert len(builds) == 1
    assert configuration_of(second) == load_configuration(project.root)


def test_an_unchanged_configuration_needs_no_heavy_module(project: Any) -> None:
    def modules() -> list[str]:
        command = [sys.executable, "-c", SHOW_MODULES, str(project.root)]
        found: list[str] = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        return found

    project.write(layers="settings: {batch_size: 3}")
    assert modules() == ["msgspec", "yaml"]
    assert modules() == []


def test_every_input_is_part_of_the_key(project: Any, builds: list[Path]) -> None:
    project.write(layers="settings: {batch_size: 2}", ci="settings: {batch_size: 3}")
    project.file("own.yaml", "settings: {batch_size: 4}")

    def size(*arguments: Any, **variables: str) -> int:
        found: int = load(project.root, *arguments, **variables)["settings"]["batch_size"]
        return found

    for _ in range(2):
        assert size() == 2
        assert size("ci") == 3
        assert size(LAMINA_ENV="ci") == 3
        assert size(None, "own.yaml") == 4
        assert size(None, None, {"batch_size": "5"}) == 5
        assert load(project.root, LAMINA_MAX_WORKERS="7")["settings"]["max_workers"] == 7
    assert size(LAMINA_SESSION="a worker's") == 2
    assert len(builds) == 6
    project.write(layers="settings: {batch_size: 9}")
    assert size() == 9
    project.write(ci="settings: {batch_size: 8}")
    assert size("ci") == 8
    (project.root / "layers/test_layers.yaml").unlink()
    assert size() == 8, "the default"


def test_a_change_of_the_same_size_and_time_is_seen(project: Any) -> None:
    path = project.file("layers/test_layers.yaml", "settings: {batch_size: 2}")
    before = path.stat()
    assert load(project.root)["settings"]["batch_size"] == 2
    path.write_text("settings: {batch_size: 3}")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert load(project.root)["settings"]["batch_size"] == 3


def test_environments_of_the_same_content_are_told_apart(project: Any) -> None:
    project.write(ci="settings: {batch_size: 3}", dev="settings: {batch_size: 3}")
    assert [load(project.root, name)["environment"] for name in ("ci", "dev", "ci")] == ["ci", "dev", "ci"]


def test_limits_are_checked_again_on_a_machine_with_other_memory(
    project: Any, builds: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write(layers="settings: {memory_per_worker_mb: 1}")
    load(project.root)
    monkeypatch.setattr(os, "sysconf", lambda name: 1)
    with pytest.raises(ConfigurationError, match="more than the machine's memory"):
        load(project.root)
    assert len(builds) == 2


def test_a_faulty_configuration_is_never_kept(project: Any) -> None:
    assert load(project.root)
    project.write(layers="settings: {batch_size: 0}")
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="batch_size: is out of range"):
            load(project.root)
        with pytest.raises(ConfigurationError, match="no environment of this name"):
            load(project.root, "nowhere")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b"[]",
        b"3",
        b'{"entries": 3}',
        b'{"entries": {"x": 1}}',
        b'{"schema": 9}',
        b"[" * 100_000,
    ],
)
def test_a_broken_file_is_replaced(project: Any, builds: list[Path], content: bytes) -> None:
    kept = project.root / ".lamina" / compiled.FILE_NAME
    load(project.root)
    kept.write_bytes(content)
    load(project.root)
    load(project.root)
    assert len(builds) == 2


def test_an_entry_that_is_no_configuration_is_built_again(project: Any, builds: list[Path]) -> None:
    expected = load(project.root)
    kept = project.root / ".lamina" / compiled.FILE_NAME
    entries = json.loads(kept.read_text())["entries"]
    kept.write_text(json.dumps({"entries": {key: {"layers": []} for key in entries}}))
    assert load(project.root) == expected
    assert len(builds) == 2


def test_a_cache_folder_that_cannot_be_written_is_no_fault(project: Any) -> None:
    project.file(".lamina", "a file where the folder should be")
    assert load(project.root) == load(project.root)


def test_nothing_is_left_behind_when_writing_fails(project: Any) -> None:
    (project.root / ".lamina" / compiled.FILE_NAME).mkdir(parents=True)
    assert load(project.root)
    assert sorted(path.name for path in (project.root / ".lamina").iterdir()) == [".gitignore", compiled.FILE_NAME]


@pytest.mark.parametrize("quotes", ["", '"', "'"])
def test_the_cache_folder_is_where_the_configuration_says(project: Any, builds: list[Path], quotes: str) -> None:
    project.write(layers=f"settings:\n  cache_dir: {quotes}build/cache{quotes}  # here\n")
    load(project.root)
    load(project.root)
    assert len(builds) == 1
    assert (project.root / "build/cache" / compiled.FILE_NAME).exists()
    assert not (project.root / ".lamina").exists()
    load(project.root, None, None, {"cache_dir": "other"}, LAMINA_CACHE_DIR="third")
    assert (project.root / "other" / compiled.FILE_NAME).exists()
    assert not (project.root / "third").exists()


def test_a_cache_folder_that_is_not_guessed_still_works(project: Any) -> None:
    project.write(layers="x-c: &c hidden\nsettings: {cache_dir: *c}")
    assert load(project.root) == load(project.root)
    assert (project.root / "hidden" / compiled.FILE_NAME).exists()


def test_the_file_does_not_grow_without_end(project: Any, builds: list[Path]) -> None:
    for size in range(1, 30):
        load(project.root, None, None, {"batch_size": str(size)})
    kept = json.loads((project.root / ".lamina" / compiled.FILE_NAME).read_text())
    assert len(kept["entries"]) == 8
    load(project.root, None, None, {"batch_size": "29"})
    assert len(builds) == 29


def test_the_cache_folder_keeps_itself_out_of_git(tmp_path: Path) -> None:
    compiled.make_cache_dir(tmp_path / "a/b")
    assert (tmp_path / "a/b/.gitignore").read_text() == "*\n"
    (tmp_path / "a/b/.gitignore").write_text("mine")
    compiled.make_cache_dir(tmp_path / "a/b")
    assert (tmp_path / "a/b/.gitignore").read_text() == "mine"

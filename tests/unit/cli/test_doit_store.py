from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lamina.cli.doit_store import StateFile


def opened(path: Path) -> StateFile:
    return StateFile(str(path / "doit.json"))


def content(path: Path) -> Any:
    return json.loads((path / "doit.json").read_text())["tasks"]


def test_values_come_back(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.set("unit", "deps:", ("a", "b"))
    store.set("unit", "_values_:", {})
    assert store.get("unit", "deps:") == ["a", "b"]
    store.dump()
    again = opened(tmp_path)
    assert again.get("unit", "deps:") == ["a", "b"]
    assert again.get("unit", "none") is None
    assert again.get("none", "deps:") is None
    assert again.in_("unit")
    assert not again.in_("none")


def test_nothing_changed_writes_nothing(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.set("unit", "a", (1, 2))
    store.dump()
    before = (tmp_path / "doit.json").stat().st_mtime_ns
    again = opened(tmp_path)
    again.set("unit", "a", (1, 2))
    again.remove("none")
    again.dump()
    assert (tmp_path / "doit.json").stat().st_mtime_ns == before


def test_two_runs_lose_nothing_of_each_other(tmp_path: Path) -> None:
    start = opened(tmp_path)
    for name in ("kept", "removed", "changed"):
        start.set(name, "a", 1)
    start.dump()
    one, two = opened(tmp_path), opened(tmp_path)
    one.set("changed", "a", 2)
    one.remove("removed")
    two.set("new", "a", 3)
    one.dump()
    two.dump()
    assert content(tmp_path) == {"kept": {"a": 1}, "changed": {"a": 2}, "new": {"a": 3}}


def test_forgetting_everything(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.set("unit", "a", 1)
    store.dump()
    again = opened(tmp_path)
    again.remove_all()
    again.set("api", "a", 1)
    again.dump()
    assert content(tmp_path) == {"api": {"a": 1}}


def test_a_removal_can_be_taken_back(tmp_path: Path) -> None:
    store = opened(tmp_path)
    store.set("unit", "a", 1)
    store.dump()
    again = opened(tmp_path)
    again.remove("unit")
    assert not again.in_("unit")
    again.take_back_removal("unit")
    again.take_back_removal("none")
    again.dump()
    assert content(tmp_path) == {"unit": {"a": 1}}


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"format": 2}', '{"unit": {}}', '{"tasks": {"unit": 1}}', "\xff"]
)
def test_what_it_can_not_understand_is_set_aside(tmp_path: Path, text: str, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "doit.json").write_text(text, encoding="latin-1")
    store = opened(tmp_path)
    assert "set aside as doit.json.broken-" in capsys.readouterr().err
    store.set("unit", "a", 1)
    store.dump()
    assert content(tmp_path) == {"unit": {"a": 1}}


def test_a_folder_that_can_not_be_made_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    store = opened(tmp_path / "file")
    store.set("unit", "a", 1)
    store.dump()
    assert "could not be written" in capsys.readouterr().err


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(st.text(max_size=5), st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=3))))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, tasks: dict[str, dict[str, Any]]) -> None:
    path = tmp_path_factory.mktemp("store")
    store = opened(path)
    for name, values in tasks.items():
        for key, value in values.items():
            store.set(name, key, value)
    store.dump()
    again = opened(path)
    for name, values in tasks.items():
        for key, value in values.items():
            assert again.get(name, key) == value


def test_costs_every_doit_project_next_to_nothing() -> None:
    code = "import lamina.cli.doit_store, sys; print(*(name for name in sys.modules if name.startswith('lamina')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert loaded == ["lamina", "lamina.cli", "lamina.cli.doit_store"]

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lamina.sources.surroundings import facts


def test_interpreter_and_distributions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packages = tmp_path / "site-packages"
    (packages / "some_thing-1.2.dist-info").mkdir(parents=True)
    (packages / "old-0.1-py3.12.egg-info").mkdir()
    (packages / "no_version.egg-link").touch()
    monkeypatch.setattr(sys, "path", [str(packages), str(tmp_path / "missing/site-packages")])
    found = dict(facts())
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert found["distribution some_thing"] == "1.2"
    assert found["distribution old"] == "0.1-py3.12"
    assert found["distribution no_version"] == ""


def test_variables_that_change_what_pytest_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTEST_ADDOPTS", "-x")
    assert ("variable PYTEST_ADDOPTS", "-x") in facts()
    monkeypatch.setenv("PYTEST_ADDOPTS", "")
    assert "variable PYTEST_ADDOPTS" not in dict(facts())

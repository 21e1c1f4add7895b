from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def category() -> Callable[..., dict[str, Any]]:
    """Makes a category as it stands in a plain configuration."""

    def make(name: str, include: tuple[str, ...] = (), **keys: Any) -> dict[str, Any]:
        filters = {
            "include_patterns": list(include or [f"tests/{name}/**"]),
            "exclude_patterns": keys.pop("exclude", []),
            "markers": keys.pop("markers", []),
            "keywords": [],
            "rest": keys.pop("rest", False),
        }
        if filters["markers"] and not include:
            filters["include_patterns"] = []
        return {"name": name, "filters": filters, "inputs": [], "description": "", "timeout_seconds": 60, **keys}

    return make


@pytest.fixture
def configuration(category: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Makes a plain configuration of these categories; without any: `unit`, which takes the rest, and `api`."""

    def make(*categories: dict[str, Any], **settings: Any) -> dict[str, Any]:
        chosen = list(categories) or [category("unit", rest=True), category("api")]
        return {"layers": [{"name": "only", "categories": chosen}], "settings": settings}

    return make


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small project: a source file, a conftest, a helper, and a test file for `unit` and for `api`."""
    root = tmp_path / "project"
    for path, text in {
        "src/a.py": "A = 1\n",
        "README.md": "read me\n",
        "tests/conftest.py": "",
        "tests/helper.py": "def help(): ...\n",
        "tests/unit/test_u.py": "def test_u(): ...\n",
        "tests/api/test_a.py": "def test_a(): ...\n",
    }.items():
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    return root


@pytest.fixture
def aged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files count as old enough to be trusted by their times however young they are, so that no test has to sleep."""
    monkeypatch.setattr("lamina.sources.tree._TICK_NS", -1_000_000_000)
    monkeypatch.setattr("lamina.sources.tree._COARSE_TICK_NS", -1_000_000_000)

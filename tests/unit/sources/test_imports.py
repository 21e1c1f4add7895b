from __future__ import annotations

import pytest

from lamina.sources.imports import imported_test_modules as imported


def is_test_name(name: str) -> bool:
    return name.startswith("test_")


@pytest.mark.parametrize(
    "text",
    [
        "import test_base",
        "import os, tests.unit.test_base as base",
        "from tests.unit.test_base import Case",
        "from .test_base import Case",
        "from . import test_base",
        "from tests import (\n    helper,\n    test_base,\n)",
        "def late():\n    from tests import test_base",
        "base = importlib.import_module('tests.test_base')",
        "pytest_plugins = ['tests.test_base']",
        "pytest_plugins = (\n    'tests.test_base',\n)",
    ],
)
def test_finds(text: str) -> None:
    assert imported(f"x = 1\n{text}\n".encode(), is_test_name) == ["test_base"]


@pytest.mark.parametrize("text", ["test_base = 1", "def test_base(): ...", "# test_base", "import os\ntest_base()", ""])
def test_does_not_find(text: str) -> None:
    assert imported(text.encode(), is_test_name) == []


def test_bytes_that_are_no_text() -> None:
    assert imported(b"import test_a\n\xff\xfe\0import", is_test_name) == ["test_a"]

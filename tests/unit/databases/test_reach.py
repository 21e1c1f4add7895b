"""Which files a function that makes a schema is made of."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from lamina.databases.errors import NoDatabaseError
from lamina.databases.reach import files_in_reach

FILES = {
    "app/__init__.py": "from .settings import NAME\n",
    "app/settings.py": "NAME = 'app'\n",
    "app/models.py": "import json\n\nfrom app import tables as all_tables\nfrom . import kinds\n",
    "app/tables.py": "",
    "app/kinds.py": "def later():\n    from app.deep import inner\n",
    "app/deep/__init__.py": "",
    "app/deep/inner.py": "import app.broken, nowhere\n",
    "app/broken.py": "def (",
    "app/unused.py": "",
    "tools/seed.py": "import app.models\n",
}


@pytest.fixture
def root(tmp_path: Path) -> str:
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return str(tmp_path)


def test_what_is_imported_and_what_that_imports(root: str) -> None:
    before = set(sys.modules)
    assert files_in_reach(root, "tools.seed") == sorted(set(FILES) - {"app/unused.py"})
    assert not {name for name in set(sys.modules) - before if name.startswith(("app", "tools"))}, "nothing is imported"


def test_a_module_that_is_not_the_project_s(root: str) -> None:
    assert files_in_reach(root, "json.decoder") == []


@pytest.mark.parametrize("name", ["nowhere", "app.nowhere", "app.tables.nowhere"])
def test_a_module_that_is_not_there(root: str, name: str) -> None:
    with pytest.raises(NoDatabaseError, match=f"^{name}: there is no module of this name in the project or installed$"):
        files_in_reach(root, name)

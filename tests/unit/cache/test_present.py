"""What each key stands for in the tree as it is now, and which changes of the tree change it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from lamina.cache.present import MISSING, Present


@pytest.fixture
def tree(kept: Any) -> Any:
    kept.write(app_py="A = 1\n", package__data_txt="1", tests__conftest_py="", conftest_py="")
    (kept.root / "package" / "__init__.py").touch()
    return kept


def differs(kept: Any, key: str, change: Any) -> bool:
    """Whether the state of a key is another one after a change."""
    before = kept.present().state(key)
    change()
    return bool(kept.present().state(key) != before)


@pytest.mark.parametrize(
    "key", ["file:app.py", "exists:app.py", "list:", "env:A", "import:app", "conftests:tests", "everything:"]
)
def test_nothing_changed(tree: Any, key: str) -> None:
    assert not differs(tree, key, lambda: None)
    assert not differs(tree, key, lambda: os.utime(tree.root / "app.py", (1, 1)))


def test_a_file_by_content(tree: Any) -> None:
    assert differs(tree, "file:app.py", lambda: tree.write(app_py="A = 2\n"))
    assert not differs(tree, "file:app.py", lambda: tree.write(package__data_txt="2"))
    assert differs(tree, "file:app.py", lambda: tree.write(app_py=None))
    assert tree.present().state("file:app.py") == MISSING
    assert differs(tree, "file:app.py", (tree.root / "app.py").mkdir)


def test_a_file_that_is_not_listed(tree: Any) -> None:
    tree.write(node_modules__a_txt="1")
    assert not tree.present().is_listed("node_modules/a.txt")
    assert tree.present().is_listed("app.py")
    assert differs(tree, "file:node_modules/a.txt", lambda: tree.write(node_modules__a_txt="2"))


def test_existence(tree: Any) -> None:
    path = tree.root / "app.py"
    assert not differs(tree, "exists:app.py", lambda: tree.write(app_py="A = 2\n"))
    assert differs(tree, "exists:app.py", lambda: path.chmod(0o755))
    assert differs(tree, "exists:app.py", path.unlink)
    assert differs(tree, "exists:app.py", path.mkdir)
    assert not differs(tree, "exists:app.py", lambda: (path / "inside").touch())


def test_links(tree: Any) -> None:
    link = tree.root / "link"
    link.symlink_to("app.py")
    assert differs(tree, "exists:link", lambda: (link.unlink(), link.symlink_to("package")))
    assert differs(tree, "exists:link", lambda: (link.unlink(), link.write_text("")))


@pytest.mark.parametrize("target", ["app.py", "package", "missing"])
def test_a_link_is_the_same_whether_it_is_listed_or_looked_at(tree: Any, target: str) -> None:
    (tree.root / "link").symlink_to(target)
    listed, looked_at = tree.present(), Present(str(tree.root), {}, {})
    assert listed.is_listed("link")
    for key in ("file:link", "exists:link"):
        assert listed.state(key) == looked_at.state(key)


def test_names_in_a_folder(tree: Any) -> None:
    folder = tree.root / "package"
    assert not differs(tree, "list:package", lambda: tree.write(package__data_txt="2"))
    assert differs(tree, "list:package", lambda: tree.write(package__more_txt=""))
    assert differs(tree, "list:package", lambda: tree.write(package__more_txt=None))
    for name in ("__pycache__", ".pytest_cache", ".git", "a.pyc", "a.py~", ".coverage.host"):
        assert not differs(tree, "list:package", (folder / name).mkdir), name
    assert not differs(tree, "list:", (tree.root / "reports").mkdir)
    assert differs(tree, "list:package", (folder / "reports").mkdir)
    assert tree.present().state("list:no_such") == MISSING


def test_variables(kept: Any) -> None:
    kept.set({"A": "1", "B": "1"})
    assert differs(kept, "env:A", lambda: kept.set({"A": "2", "B": "1"}))
    assert not differs(kept, "env:A", lambda: kept.set({"A": "2", "B": "2"}))
    assert differs(kept, "env:A", lambda: kept.set({"B": "2"}))
    assert differs(kept, "env:A", lambda: kept.set({"A": "", "B": "2"})), "empty is not missing"
    assert differs(kept, "env:*", lambda: kept.set({"A": "", "B": "3"}))
    assert not differs(kept, "env:COLUMNS", lambda: kept.set({"COLUMNS": "3"}))


@pytest.mark.parametrize(
    ("key", "file", "changes"),
    [
        ("import:app", "app/__init__.py", True),
        ("import:app", "src/app.py", True),
        ("import:app", "tests/other.py", False),
        ("import:app", "application.py", False),
        ("import:missing", "missing.py", True),
        ("import:missing", "tests/missing.so", True),
        ("import:package.data", "package/data.py", True),
        ("import:package.data", "data.py", False),
        ("import:/package/two", "package/two.py", True),
        ("import:/package/two", "two.py", False),
        ("import:namespace", "namespace/inside.py", True),
    ],
)
def test_where_a_module_comes_from(tree: Any, key: str, file: str, changes: bool) -> None:
    path = tree.root / file
    path.parent.mkdir(parents=True, exist_ok=True)
    assert differs(tree, key, path.touch) == changes


def test_the_content_of_a_module_is_not_where_it_comes_from(tree: Any) -> None:
    assert not differs(tree, "import:app", lambda: tree.write(app_py="A = 2\n"))


def test_installed_modules(tree: Any) -> None:
    assert tree.present().state("import:pytest") not in (MISSING, tree.present().state("import:no_such_module"))


def test_files_of_a_module(tree: Any) -> None:
    present = tree.present()
    assert present.module_files("app") == ["app.py"]
    assert present.module_files("package") == ["package/__init__.py"]
    assert present.module_files("/package") == ["package/__init__.py"]
    assert present.module_files("os") == []


def test_conftests(tree: Any) -> None:
    assert tree.present().conftests("tests/unit") == ["conftest.py", "tests/conftest.py"]
    assert differs(tree, "conftests:tests/unit", lambda: tree.write(tests__unit__conftest_py=""))
    assert not differs(tree, "conftests:tests/unit", lambda: tree.write(tests__api__conftest_py=""))
    assert differs(tree, "conftests:tests/unit", lambda: tree.write(conftest_py=None))


def test_everything(tree: Any) -> None:
    assert differs(tree, "everything:", lambda: tree.write(package__data_txt="2"))
    assert differs(tree, "everything:", lambda: tree.write(new_txt=""))


@pytest.mark.parametrize(
    ("file", "text", "changes"),
    [
        ("pytest.ini", "[pytest]\naddopts = -v\n", True),
        ("pyproject.toml", "[tool.pytest.ini_options]\naddopts = '-v'\n", True),
        ("pyproject.toml", "[project]\nname = 'a'\n", False),
        ("pyproject.toml", "no toml", True),
        ("tox.ini", "[pytest]\naddopts = -v\n", True),
        ("tox.ini", "[tox]\nenvlist = py\n", False),
        ("setup.cfg", "[tool:pytest]\naddopts = -v\n", True),
        ("setup.cfg", "[metadata]\nname = a\n", False),
    ],
)
def test_pytests_configuration(kept: Any, file: str, text: str, changes: bool) -> None:
    for empty in ("pyproject.toml", "tox.ini", "setup.cfg"):
        (kept.root / empty).write_text("")
    assert differs(kept, "pytest:", lambda: (kept.root / file).write_text(text)) == changes


@pytest.mark.parametrize("file", ["tox.ini", "setup.cfg"])
def test_a_file_without_a_section_for_pytest_may_come_and_go(kept: Any, file: str) -> None:
    assert not differs(kept, "pytest:", lambda: (kept.root / file).write_text("[tox]\nenvlist = py\n"))


def test_a_category(kept: Any) -> None:
    def change() -> None:
        kept.categories = {"unit": "other"}

    assert differs(kept, "category:unit", change)
    assert kept.present().state("category:other") == MISSING


def test_content_of_what_is_there_but_not_in_the_table(tmp_path: Path, kept: Any) -> None:
    (kept.root / ".lamina" / "a.txt").write_text("1")
    assert kept.present().content(".lamina/a.txt") is not None
    assert kept.present().content("no_such") is None

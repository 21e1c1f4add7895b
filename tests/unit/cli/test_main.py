from __future__ import annotations

from pathlib import Path

import pytest

from lamina.cli.main import project_root


def made(root: Path, *files: str) -> None:
    for name in files:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


@pytest.mark.parametrize(
    ("files", "start", "expected"),
    [
        (["dodo.py"], "tests/unit", "."),
        (["layers/test_layers.yaml"], "tests", "."),
        (["pyproject.toml"], "src/deep", "."),
        (["dodo.py", "tests/setup.cfg"], "tests", "."),
        (["pyproject.toml", "packages/one/pyproject.toml"], "packages/one/src", "packages/one"),
        (["dodo.py", "sub/.git/HEAD"], "sub/inner", "sub"),
    ],
    ids=["dodo", "layers", "pyproject", "a sure mark above another", "nearest", "not beyond the repository"],
)
def test_top_of_the_project(tmp_path: Path, files: list[str], start: str, expected: str) -> None:
    made(tmp_path / "p", ".git/HEAD", *files)
    (tmp_path / "p" / start).mkdir(parents=True, exist_ok=True)
    assert Path(project_root(str(tmp_path / "p" / start))) == (tmp_path / "p" / expected).resolve()


def test_nothing_that_looks_like_a_project() -> None:
    assert project_root("/") == ""

from __future__ import annotations

from pathlib import Path

import pytest

from lamina.sources.pytest_settings import read, rule_for_test_files, rule_for_test_names


def test_without_any_configuration(tmp_path: Path) -> None:
    settings = read(str(tmp_path))
    rule = rule_for_test_files(settings)
    assert rule("test_a.py")
    assert rule("any/where/a_test.py")
    assert not rule("tests/helper.py")
    assert not rule("tests/test_data.json")
    assert not settings["doctests"]


@pytest.mark.parametrize("folder", ["build", ".hidden", "x.egg", "venv"])
def test_folders_that_pytest_does_not_enter(tmp_path: Path, folder: str) -> None:
    rule = rule_for_test_files(read(str(tmp_path)))
    assert not rule(f"{folder}/test_a.py")
    assert not rule(f"deep/{folder}/test_a.py")


def test_own_names(tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\npython_files = check_*.py tests/special/s*.py\naddopts = --doctest-modules\n"
    )
    settings = read(str(tmp_path))
    rule = rule_for_test_files(settings)
    assert rule("any/check_a.py")
    assert rule("tests/special/sa.py")
    assert rule("deep/tests/special/sa.py")
    assert not rule("test_a.py")
    assert rule_for_test_names(settings)("check_a")
    assert not rule_for_test_names(settings)("test_a")
    assert settings["doctests"]


def test_testpaths(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\ntestpaths = ["tests", "more/*", "single/test_x.py"]\n'
    )
    assert rule_for_test_files(read(str(tmp_path)))("other/test_a.py")  # where none of them is, all that there is
    (tmp_path / "more" / "one").mkdir(parents=True)
    rule = rule_for_test_files(read(str(tmp_path)))
    assert rule("tests/deep/test_a.py")
    assert rule("more/one/test_a.py")
    assert rule("single/test_x.py")
    assert not rule("other/test_a.py")
    assert not rule("tests_not/test_a.py")

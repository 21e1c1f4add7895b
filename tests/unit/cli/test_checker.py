from __future__ import annotations

import os
from pathlib import Path

import pytest

from lamina.cli.checker import XxhChecker


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "file"
    path.write_text("one")
    return path


def changed(file: Path, state: object) -> bool:
    checker = XxhChecker()
    return checker.check_modified(str(file), checker.info(str(file)), state)


def test_content_counts_and_times_do_not(file: Path) -> None:
    state = XxhChecker().get_state(str(file), None)
    assert not changed(file, state)
    os.utime(file, (1, 1))
    assert not changed(file, state)
    file.write_text("two")
    assert changed(file, state)
    file.write_text("three")
    assert changed(file, state)


def test_same_state_is_not_told_again(file: Path) -> None:
    checker = XxhChecker()
    state = checker.get_state(str(file), None)
    assert checker.get_state(str(file), state) is None
    file.write_text("two")
    assert checker.get_state(str(file), state) not in (None, state)


@pytest.mark.parametrize("state", [1.5, "text", ["a", "b"], None, {}])
def test_the_state_of_another_checker_is_a_change(file: Path, state: object) -> None:
    assert changed(file, state)


def test_a_manifest_is_what_it_was_when_the_snapshot_was_taken(file: Path) -> None:
    checker_class = type("XxhChecker", (XxhChecker,), {"known": {str(file): "digest", "not/there": "other"}})
    checker = checker_class()
    state = checker.get_state(str(file), None)
    file.write_text("what another run wrote")
    assert not checker.check_modified(str(file), checker.info(str(file)), state)
    assert checker.get_state(str(file), None) == state
    checker_class.known[str(file)] = "new digest"
    assert checker.check_modified(str(file), checker.info(str(file)), state)
    assert checker.exists("not/there")
    assert checker.info("not/there") is None


def test_a_missing_file_is_an_error_that_doit_knows(tmp_path: Path) -> None:
    with pytest.raises(XxhChecker.CheckerError):
        XxhChecker().info(str(tmp_path / "none"))

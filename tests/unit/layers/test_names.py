"""Names of layers and categories."""

from __future__ import annotations

import pytest
from doit.doit_cmd import DoitMain

from lamina.layers.names import TAKEN, is_safe_name, name_problem


@pytest.mark.parametrize("name", ["unit", "e2e_critical", "e2e-critical", "A1", "x" * 64])
def test_good_names(name: str) -> None:
    assert is_safe_name(name)
    assert name_problem(name) is None


@pytest.mark.parametrize(
    "name", ["", "1st", "_hidden", "-n", "a b", "a/b", "..", "a.b", "a=b", "a:b", "ünit", "unit\n", "x" * 65, "a*"]
)
def test_names_that_are_no_file_name_or_word_everywhere(name: str) -> None:
    assert not is_safe_name(name)
    assert name_problem(name) is not None


def test_every_command_of_doit_is_taken() -> None:
    assert {command.get_name() for command in DoitMain.DOIT_CMDS} <= TAKEN
    assert all(name_problem(name) for name in TAKEN)


def test_the_default_names_are_free(project: object) -> None:
    from lamina.layers.starter import LIMITS

    assert not TAKEN.intersection(LIMITS, *LIMITS.values())

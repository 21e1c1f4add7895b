from __future__ import annotations

import pytest

from lamina.cli.table import aligned, color_for, duration, number, painted


def test_columns() -> None:
    assert aligned([("a", "1", "x"), ("long", "12", "")], right=(1,)) == ["a      1  x", "long  12"]
    assert aligned([]) == []


def test_unknown_duration_is_nothing() -> None:
    assert duration(-1) == ""
    assert duration(0.4) == "400 ms"


@pytest.mark.parametrize(("value", "text"), [(2.0, "2"), (0.5, "0.5"), (1800, "1800")])
def test_number(value: float, text: str) -> None:
    assert number(value) == text


def test_colours() -> None:
    assert painted("x", "green", False) == "x"
    assert painted("x", "green", True) == "\x1b[32mx\x1b[0m"
    assert [color_for(state) for state in ("up to date", "empty", "failed last time", "3 files changed")] == [
        "green", "dim", "red", "yellow"
    ]  # fmt: skip

from __future__ import annotations

from pathlib import Path

import pytest

from lamina.reports.closing_lines import last_line, paint, report_path


def line(executed: int, cached: int, wall: float, own: float, saved: float) -> str:
    return last_line("FAILED", {"failed": 2, "passed": 1204}, executed, cached, wall, own, saved, "r/index.html", False)


@pytest.mark.parametrize(
    ("numbers", "time"),
    [
        ((812, 397, 14.2, 48.1, 9.0), "14.2 s, 3.4x faster than the tests' own 48.1 s, 9.0 s of tests saved"),
        ((812, 0, 14.2, 12.0, 0.0), "14.2 s for 12.0 s of tests"),
        ((0, 397, 0.2, 0.0, 60.0), "200 ms, 1 min 00 s of tests saved"),
        ((0, 0, 0.2, 0.0, 0.0), "200 ms"),
    ],
)
def test_what_the_time_is_compared_with(numbers: tuple[int, int, float, float, float], time: str) -> None:
    executed, cached = numbers[:2]
    expected = f"FAILED  2 failed, 1,204 passed · executed {executed}, cached {cached} · {time} · r/index.html"
    assert line(*numbers) == expected


def test_colours_only_when_wanted() -> None:
    assert paint("x", "FAILED", False) == "x"
    assert paint("x", "FAILED", True) == "\x1b[1;31mx\x1b[0m"


def test_the_page_is_named_as_it_would_be_typed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert report_path(tmp_path / "reports") == "reports/latest/index.html"
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert report_path(tmp_path / "reports") == str(tmp_path / "reports/latest/index.html")

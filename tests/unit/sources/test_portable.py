from __future__ import annotations

import sys

import pytest

from lamina.sources.portable import portable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/work/a", "{project}"),
        ("/work/a/src", "{project}/src"),
        ("/work/a/src:/usr/lib:/work/a", "{project}/src:/usr/lib:{project}"),
        ("file:///work/a", "file://{project}"),
        ("--root=/work/a -x", "--root={project} -x"),
        ("/work/a-venv/bin", "/work/a-venv/bin"),
        ("/work/ab", "/work/ab"),
        ("/my/work/a", "/my/work/a"),
        ("/work/b", "/work/b"),
        ("text", "text"),
        ("", ""),
    ],
)
def test_a_checkouts_path(text: str, expected: str) -> None:
    assert portable(text, "/work/a") == expected


def test_a_project_at_the_top_of_all_is_no_path() -> None:
    assert portable("/usr/lib:/", "/") == "/usr/lib:/"


@pytest.mark.parametrize("environment", ["/work/a/.venv", "/elsewhere/.venv"])
def test_an_environments_path(environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", environment)
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    assert portable(f"{environment}/bin:/usr/bin:/work/a/bin", "/work/a") == "{environment}/bin:/usr/bin:{project}/bin"


def test_without_an_environment_the_system_is_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/usr")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    assert portable("/usr/bin", "/work/a") == "/usr/bin"

from __future__ import annotations

import sys

import pytest

from lamina.sources.portable import portable


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/srv/a", "{project}"),
        ("/srv/a/src", "{project}/src"),
        ("/srv/a/src:/usr/lib:/srv/a", "{project}/src:/usr/lib:{project}"),
        ("file:///srv/a", "file://{project}"),
        ("--root=/srv/a -x", "--root={project} -x"),
        ("/srv/a-venv/bin", "/srv/a-venv/bin"),
        ("/srv/ab", "/srv/ab"),
        ("/my/srv/a", "/my/srv/a"),
        ("/srv/b", "/srv/b"),
        ("text", "text"),
        ("", ""),
    ],
)
def test_a_checkouts_path(text: str, expected: str) -> None:
    assert portable(text, "/srv/a") == expected


def test_a_project_at_the_top_of_all_is_no_path() -> None:
    assert portable("/usr/lib:/", "/") == "/usr/lib:/"


@pytest.mark.parametrize("environment", ["/srv/a/.venv", "/elsewhere/.venv"])
def test_an_environments_path(environment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", environment)
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    assert portable(f"{environment}/bin:/usr/bin:/srv/a/bin", "/srv/a") == "{environment}/bin:/usr/bin:{project}/bin"


def test_without_an_environment_the_system_is_what_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "prefix", "/usr")
    monkeypatch.setattr(sys, "base_prefix", "/usr")
    assert portable("/usr/bin", "/srv/a") == "/usr/bin"

"""A project's own templates: docs/reports.md says how."""

from __future__ import annotations

from pathlib import Path

import pytest
from sample_runs import HOSTILE, make_run, make_test, rich_run

from lamina.reports import write_reports
from lamina.reports.html import page_html


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    folder = tmp_path / "templates"
    folder.mkdir()
    return folder


def test_rules_of_style_are_added(templates: Path) -> None:
    (templates / "style.css").write_text('{% include "lamina/style.css" %}\nh1{color:rebeccapurple}')
    text = "".join(page_html(rich_run(), templates))
    assert "rebeccapurple" in text
    assert "--verdict" in text


def test_a_page_extends_the_built_in_one(templates: Path) -> None:
    (templates / "index.html").write_text(
        '{% extends "lamina/index.html" %}\n'
        "{% block style %}.logo{float:right}{% endblock %}\n"
        "{% block after_summary %}<p class=logo>{{ run.command }}, {{ layers|length }} layers</p>{% endblock %}\n"
        "{% block footer %}{{ super() }} · The Tea Shop{% endblock %}\n"
    )
    text = "".join(page_html(rich_run(), templates))
    assert ".logo{float:right}" in text
    assert "<p class=logo>doit core_integration, 3 layers</p>" in text
    assert "junit.xml</a> · The Tea Shop" in text
    assert "assert 1336 == 1485" in text


def test_a_page_of_its_own_is_escaped_too(templates: Path) -> None:
    (templates / "index.html").write_text("<p>{{ run.command }}</p>")
    run = make_run([make_test("test_x")], command=HOSTILE["script"])
    assert "".join(page_html(run, templates)).startswith("<p>&lt;script&gt;")


@pytest.mark.parametrize("text", ["{{ no_such_name }}", "{% if %}", "{{ 1 / 0 }}", '{% extends "no-such.html" %}'])
def test_a_faulty_template_costs_only_the_page(templates: Path, tmp_path: Path, text: str) -> None:
    (templates / "index.html").write_text(text)
    [note] = write_reports(rich_run(), tmp_path, templates)
    assert note.text.startswith("index.html could not be made: ")
    assert str(templates) in note.text
    assert (tmp_path / "latest" / "results.json").exists()
    assert not (tmp_path / "latest" / "index.html").exists()

"""Test names, messages and output that try to become part of the page stay text, even without the page's ban on scripts."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from browser import Page
from sample_runs import HOSTILE, hostile_run

from lamina.records import RunRecord

Written = Callable[[RunRecord], Path]

# Chromium's own policy check would hide a missing escape; this takes the policy out.
POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')


@pytest.fixture(scope="module")
def hostile(written: Written) -> Path:
    return written(hostile_run())


@pytest.fixture(scope="module")
def unprotected(hostile: Path) -> Path:
    text, replaced = POLICY.subn("", hostile.read_text(encoding="utf-8"))
    assert replaced == 1
    path = hostile.with_name("unprotected.html")
    path.write_text(text, encoding="utf-8")
    return path


def test_no_script_runs(page: Page, unprotected: Path) -> None:
    page.open(unprotected)
    assert page.value("document.title").startswith("FAILED")
    assert page.value("document.title") != "hacked"
    assert page.value("document.scripts.length") == 0
    assert page.value("document.images.length") == 0


def test_no_text_becomes_an_element_or_an_attribute(page: Page, unprotected: Path) -> None:
    page.open(unprotected)
    assert page.value("document.querySelectorAll('h1').length") == 1
    assert page.value("document.querySelectorAll('style').length") == 1
    handlers = (
        "[...document.querySelectorAll('*')].flatMap(e => e.getAttributeNames()).filter(name => name.startsWith('on'))"
    )
    assert page.value(handlers) == []


@pytest.mark.parametrize(
    "name", ["script", "image", "style", "pre", "quotes", "ampersand", "template", "emoji", "json"]
)
def test_a_reader_sees_the_text_itself(page: Page, hostile: Path, name: str) -> None:
    page.open(hostile)
    texts = page.value("[...document.querySelectorAll('pre')].map(element => element.textContent.trim())")
    assert f"E   {HOSTILE[name]}" in texts


def test_control_characters_are_shown_as_pictures(page: Page, hostile: Path) -> None:
    page.open(hostile)
    text = page.value("document.body.textContent")
    assert "E   ␀␁␈␋␌␟␡" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", text)


def test_the_page_forbids_scripts_and_foreign_content(page: Page, hostile: Path) -> None:
    page.open(hostile)
    page.value("""{ const script = document.createElement('script'); script.textContent = "document.title = 'hacked'";
                   document.head.append(script); }""")
    assert page.value("document.title") != "hacked"


@pytest.mark.parametrize("width", [390, 1200])
def test_long_names_do_not_widen_the_page(page: Page, hostile: Path, width: int) -> None:
    page.size(width)
    page.open(hostile)
    assert page.value("document.documentElement.scrollWidth") <= width

"""The page as its readers have it: on a desk and a phone, in both schemes, without scripts, by keyboard and screen reader."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from browser import Page
from pictures import colours, lightness
from sample_runs import make_run, make_test, rich_run

from lamina.records import RunRecord

Written = Callable[[RunRecord], Path]

# Every piece of text whose contrast with what is behind it is below WCAG's AA: 4.5, or 3 for large or large bold type.
FAINT_TEXTS = """
(() => {
  const canvas = document.createElement('canvas'); canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', {willReadFrequently: true});
  const parsed = colour => { context.clearRect(0, 0, 1, 1); context.fillStyle = colour; context.fillRect(0, 0, 1, 1);
                             return [...context.getImageData(0, 0, 1, 1).data]; };
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
                                        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = element => { for (let e = element; e; e = e.parentElement) {
                                const colour = parsed(getComputedStyle(e).backgroundColor); if (colour[3] == 255) return colour; }
                              return parsed(matchMedia('(prefers-color-scheme: dark)').matches ? '#121212' : '#fff'); };
  document.querySelectorAll('details').forEach(details => details.open = true);
  const faint = [];
  for (const element of document.querySelectorAll('body *')) {
    const text = [...element.childNodes].filter(n => n.nodeType == 3).map(n => n.textContent.trim()).join('');
    if (!text || !element.getClientRects().length) continue;
    const style = getComputedStyle(element), size = parseFloat(style.fontSize);
    const fill = element instanceof SVGElement ? style.fill : style.color;
    const [one, two] = [light(parsed(fill)), light(behind(element))];
    const contrast = (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05);
    const large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
    if (contrast < (large ? 3 : 4.5)) faint.push(`${text.slice(0, 40)}: ${contrast.toFixed(2)}`);
  }
  return [...new Set(faint)];
})()
"""


@pytest.fixture(scope="module")
def rich(written: Written) -> Path:
    return written(rich_run())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_is_drawn_in_the_scheme_that_the_reader_prefers(page: Page, rich: Path, scheme: str) -> None:
    page.size(400, 300)
    page.scheme(scheme)
    page.open(rich)
    counted = colours(page.screenshot())
    [(background, pixels)] = counted.most_common(1)
    assert lightness(background) > 0.85 if scheme == "light" else lightness(background) < 0.05
    assert 0.5 < pixels / counted.total() < 0.97, "nothing is drawn, or there is no calm ground"
    assert len(counted) > 50


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_enough_contrast(page: Page, rich: Path, scheme: str) -> None:
    page.scheme(scheme)
    page.open(rich)
    assert page.value(FAINT_TEXTS) == []


def test_everything_can_be_read_without_scripts(page: Page, rich: Path) -> None:
    page.scripts(False)
    page.open(rich)
    text = page.value("document.body.innerText")
    for shown in (
        "4 of 113 tests failed", "tests/api/test_cart.py::test_discount_is_taken_once", "assert 1336 == 1485",
        "tests/api/test_cart.py:41", "pytest tests/api/test_cart.py::test_discount_is_taken_once",
        "discount 10 % -> 13.36", "worker gw2 died of SIGSEGV", "core_integration failed", "no mail server configured",
    ):  # fmt: skip
        assert shown in text
    # What is folded opens with a click of the browser's own, no script needed.
    assert page.value("[...document.querySelectorAll('details')].every(e => e.firstElementChild.tagName == 'SUMMARY')")


def test_every_test_is_on_the_page(page: Page, rich: Path) -> None:
    page.open(rich)
    text = page.value("document.body.textContent")
    for test in rich_run().tests:
        assert test.id.partition("::")[2] in text


@pytest.mark.parametrize("width", [320, 390, 768, 1200])
def test_the_page_never_scrolls_sideways(page: Page, rich: Path, width: int) -> None:
    page.size(width)
    page.open(rich)
    assert page.value("document.documentElement.scrollWidth") <= width


def test_it_has_a_title_a_language_and_headings_in_order(page: Page, rich: Path) -> None:
    page.open(rich)
    assert page.value("document.title").startswith("FAILED")
    assert page.value("document.documentElement.lang") == "en"
    levels: list[int] = page.value("[...document.querySelectorAll('h1,h2,h3,h4')].map(e => +e.tagName[1])")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_screen_reader_finds_names_for_pictures_and_table_cells(page: Page, rich: Path) -> None:
    page.open(rich)
    nameless: Any = page.value("[...document.querySelectorAll('svg')].filter(e => !e.hasAttribute('aria-hidden') && "
                               "!e.getAttribute('aria-label') && !e.getAttribute('aria-labelledby')).length")  # fmt: skip
    assert nameless == 0
    assert page.value("[...document.querySelectorAll('thead th')].every(e => e.scope == 'col')")
    assert page.value("document.querySelectorAll('main, header').length") >= 2


def test_outcomes_are_told_by_words_and_not_by_colour_alone(page: Page, rich: Path) -> None:
    page.open(rich)
    text = page.value("document.body.innerText")
    for word in (
        "failed",
        "error",
        "crashed",
        "timeout",
        "cached",
        "empty",
        "not run",
        "skipped",
        "xfailed",
        "xpassed",
    ):
        assert word in text.lower(), word


def test_nothing_is_fetched(page: Page, rich: Path) -> None:
    page.open(rich)
    assert page.value("performance.getEntriesByType('resource').length") == 0


def test_a_run_without_tests_has_a_page(page: Page, written: Written) -> None:
    page.open(written(make_run([])))
    assert page.value("document.querySelector('h1').textContent.trim().length") > 0


def test_a_passed_run_says_so_first(page: Page, written: Written) -> None:
    page.open(written(make_run([make_test("test_x")])))
    assert "passed" in page.value("document.querySelector('h1').textContent").lower()

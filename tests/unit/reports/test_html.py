"""The page as markup: well nested, escaped, self-contained, navigable, bounded in size. How it looks and acts in a browser is
tested in tests/frontend."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path

import pytest
from sample_runs import hostile_run, large_run, make_run, make_test, rich_run

from lamina.records import RunRecord
from lamina.reports.html import page_html

VOID = {"meta", "link", "br", "img", "input", "hr"}


class Outline(HTMLParser):
    """Notes tags, attributes and headings, and fails where elements are not well nested."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def page(run: RunRecord, templates: Path | None = None) -> str:
    return "".join(page_html(run, templates))


RUNS = {"rich": rich_run, "hostile": hostile_run, "empty": lambda: make_run([]), "large": lambda: large_run(300, 20)}


@pytest.mark.parametrize("make", RUNS.values(), ids=RUNS)
def test_it_is_well_nested_self_contained_and_without_script(make: object) -> None:
    outline = Outline(page(make()))  # type: ignore[operator]
    names = {name for name, _ in outline.tags}
    assert not names & {"script", "img", "iframe", "object", "embed", "form", "link", "base"}
    for name, attributes in outline.tags:
        assert not [
            attribute for attribute in attributes if attribute.startswith("on") or attribute in ("src", "style")
        ], name
    assert {link["href"] for link in outline.of("a")} <= {"#failures", "#layers", "results.json", "junit.xml"}
    policy = next(meta["content"] for meta in outline.of("meta") if meta.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert policy.startswith("default-src 'none'")


def test_it_can_be_walked_through_without_seeing_it() -> None:
    outline = Outline(page(rich_run()))
    assert [len(outline.of(tag)) for tag in ("header", "main", "footer", "h1")] == [1, 1, 1, 1]
    assert outline.of("html") == [{"lang": "en"}]
    ids = [attributes["id"] for _, attributes in outline.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    for section in outline.of("section"):
        assert section.get("aria-label") or section["aria-labelledby"] in ids
    assert len(outline.of("table")) == len(outline.of("caption"))
    assert all(head.get("scope") in ("col", "row", "rowgroup") for head in outline.of("th"))
    assert all(drawing["role"] == "img" and drawing["aria-label"] for drawing in outline.of("svg"))


def test_no_outcome_is_told_by_colour_alone() -> None:
    text = page(rich_run())
    for words in (
        "✗ failed",
        "✗ error",
        "✗ crashed",
        "✗ timeout",
        "— skipped",
        "— xfailed",
        "! xpassed",
        "○ not run",
        "✓ cached",
    ):
        assert words in text


def test_failures_come_with_all_that_pytest_said() -> None:
    text = page(rich_run())
    assert "E       assert 1336 == 1485" in text
    assert "WARNING  shop.cart:cart.py:64 a discount was given twice" in text
    assert "tests/api/test_cart.py:41" in text
    assert "pytest tests/api/test_cart.py::test_discount_is_taken_once" in text


def test_control_characters_do_not_reach_the_page() -> None:
    text = page(hostile_run())
    assert not {character for character in text if not character.isprintable()} - {
        "\n",
        "\t",
        "\u200d",
    }  # the last joins emoji


def test_ten_thousand_tests_stay_small() -> None:
    assert len(page(large_run(10_000, failing=100)).encode()) < 5_000_000


def test_a_hundred_thousand_stay_small_and_say_where_the_rest_is() -> None:
    text = page(large_run(100_000, failing=50))
    assert len(text.encode()) < 5_000_000
    assert "The run has 100,000 tests, too many to list here" in text


def test_ten_thousand_failures_stay_small() -> None:
    text = page(large_run(10_000, failing=10_000))
    assert len(text.encode()) < 5_000_000
    assert "9,700 further failures are in" in text


def test_a_projects_template_takes_the_place_of_ours(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text(":root{--fg:rebeccapurple}")
    text = page(make_run([make_test("test_a")]), tmp_path)
    assert "rebeccapurple" in text
    assert "<h1>" in text
    (tmp_path / "index.html").write_text("{{ verdict }}: {{ run.command }}")
    assert page(make_run([make_test("test_a")], command="<b>"), tmp_path) == "PASSED: &lt;b&gt;"

"""The report page in a real browser, one for all tests."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1] / "support"))

from browser import MISSING, Browser, Page, browser, chromium

from lamina.records import RunRecord
from lamina.reports import write_reports


@pytest.fixture(scope="session")
def running_browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        pytest.fail(MISSING)
    with browser(program) as running:
        yield running


@pytest.fixture(scope="session")
def tab(running_browser: Browser) -> Page:
    return running_browser.page()


@pytest.fixture
def page(tab: Page) -> Page:
    """A page as wide as a desk's screen, for a reader who prefers light and has scripts."""
    tab.size(1200)
    tab.scheme("light")
    tab.scripts(True)
    return tab


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[RunRecord], Path]:
    """Writes a run's reports; gives the page's path."""

    def write(run: RunRecord) -> Path:
        folder = tmp_path_factory.mktemp("reports")
        assert write_reports(run, folder) == []
        return folder / "latest" / "index.html"

    return write

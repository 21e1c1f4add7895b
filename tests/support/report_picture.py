"""`python tests/support/report_picture.py docs/images/report.png` draws the report's picture for the documentation anew."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from browser import MISSING, browser, chromium
from sample_runs import rich_run

from lamina.reports import write_reports

_WIDTH = 1100
# Down to the end of the first failure.
_HEIGHT = "Math.ceil(document.querySelector('details.failure').getBoundingClientRect().bottom) + 8"


def main(target: str) -> None:
    """Draws it."""
    program = chromium() or sys.exit(MISSING)
    with tempfile.TemporaryDirectory() as folder, browser(program) as running:
        write_reports(rich_run(), Path(folder))
        page = running.page()
        page.size(_WIDTH)
        page.open(Path(folder) / "latest" / "index.html")
        page.size(_WIDTH, page.value(_HEIGHT))
        Path(target).write_bytes(page.screenshot())


if __name__ == "__main__":
    main(*sys.argv[1:])

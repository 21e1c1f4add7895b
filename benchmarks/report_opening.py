"""What a report of 10,000 tests costs its reader, in a real browser, and a run in which nothing changed."""

from __future__ import annotations

import io
import statistics
import sys
import time
from pathlib import Path

from measuring import Row

from lamina.records import RunRecord
from lamina.reports import stored, write_reports

# The sample runs and the browser that the tests of the reports use.
sys.path.append(str(Path(__file__).parents[1] / "tests" / "support"))

from browser import MISSING, browser, chromium
from sample_runs import large_run

_TESTS = 10_000
# Of them, with pytest's text of usual length each.
_FAILING = 40
# Milliseconds from the navigation until what was laid out has been painted.
_PAINTED = """
new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now()))))
"""
_UNFOLDED = """
new Promise(done => { const begin = performance.now(); document.querySelectorAll('details').forEach(e => e.open = true);
                      requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - begin))); })
"""


def rows(folder: Path, repeats: int) -> list[Row]:
    """Size and opening time of the page, and the time in which stored reports are served."""
    run = large_run(_TESTS, failing=_FAILING)
    began = time.perf_counter()
    write_reports(run, folder / "reports")
    print(f"    writing all three files {time.perf_counter() - began:8.2f} s", flush=True)
    page = folder / "reports" / "latest" / "index.html"
    size = page.stat().st_size / 1e6
    serving = statistics.median(_serve(large_run(_TESTS), folder, max(repeats, 11)))
    return [
        Row(f"report page of {_TESTS:,} tests, {_FAILING} failed: size", f"{size:.2f} MB", "< 5 MB", size < 5),
        _opening(page, max(repeats, 5)),
        Row(f"stored reports of {_TESTS:,} tests served", f"{serving * 1000:.1f} ms", "≤ 20 ms", serving <= 0.020),
    ]


def _opening(page: Path, repeats: int) -> Row:
    work = "the same: from navigation to painted, in Chromium"
    program = chromium()
    if program is None:
        print(f"    {MISSING}", flush=True)
        return Row(work, "not measured", "< 2 s", False)
    painted, unfolded = [], []
    with browser(program) as running:
        for _ in range(repeats):
            tab = running.page()
            tab.size(1200)
            tab.open(page)
            painted.append(tab.value(_PAINTED) / 1000)
            unfolded.append(tab.value(_UNFOLDED) / 1000)
            tab.close()
    print(
        f"    opening {min(painted):.2f}-{max(painted):.2f} s; unfolding all of it {statistics.median(unfolded):.2f} s"
    )
    seconds = statistics.median(painted)
    return Row(work, f"{seconds:.2f} s", "< 2 s", seconds < 2)


def _serve(run: RunRecord, folder: Path, repeats: int) -> list[float]:
    """Seconds of each serving."""
    stored.keep(run, folder / "cache", "key")
    seconds = []
    for number in range(repeats):
        values = {
            "id": f"20251120-093012-{number:x}", "started": "2025-11-20T09:30:12.345Z", "duration": 0.2, "command": "doit",
            "environment": "", "interrupted": False, "commit": "4f2a9c1", "slots": 2,
        }  # fmt: skip
        began = time.perf_counter()
        served = stored.serve(
            cache_dir=folder / "cache", key="key", values=values, reports_dir=folder / "served", stream=io.StringIO()
        )
        seconds.append(time.perf_counter() - began)
        if not served:
            sys.exit("the stored reports were not served")
    return seconds

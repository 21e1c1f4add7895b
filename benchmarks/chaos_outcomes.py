"""A pytest plugin that writes each test's outcome under plain pytest to the file that CHAOS_OUTCOMES names."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report: Any) -> None:
    expected = hasattr(report, "wasxfail")
    if report.failed:
        _outcomes[report.nodeid] = "failed" if report.when == "call" else "error"
    elif report.skipped:
        _outcomes[report.nodeid] = "xfailed" if expected else "skipped"
    elif report.when == "call":
        _outcomes[report.nodeid] = "xpassed" if expected else "passed"


def pytest_sessionfinish() -> None:
    Path(os.environ["CHAOS_OUTCOMES"]).write_text(json.dumps(_outcomes))

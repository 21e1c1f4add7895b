"""A pytest plugin that writes the outcome of every test under plain pytest to the file that OUTCOMES names.

It is loaded into other projects' pytest by name, so it uses nothing of lamina.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_RANK = ["passed", "xpassed", "skipped", "xfailed", "error", "failed"]
outcomes: dict[str, str] = {}


def pytest_runtest_logreport(report: Any) -> None:
    expected = hasattr(report, "wasxfail")
    if report.failed:
        outcome = "failed" if report.when == "call" else "error"
    elif report.skipped:
        outcome = "xfailed" if expected else "skipped"
    else:
        outcome = "xpassed" if expected and report.when == "call" else "passed"
    outcomes[report.nodeid] = max(outcomes.get(report.nodeid, "passed"), outcome, key=_RANK.index)


def pytest_collectreport(report: Any) -> None:
    if not report.passed:
        outcomes[report.nodeid] = "skipped" if report.skipped else "error"


def pytest_sessionfinish(session: Any) -> None:
    if not hasattr(session.config, "workerinput"):
        Path(os.environ["OUTCOMES"]).write_text(json.dumps(outcomes))

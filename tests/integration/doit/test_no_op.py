"""The run in which nothing changed: light, and complete all the same."""

from __future__ import annotations

import json
import time
from typing import Any

HEAVY = ["msgspec", "yaml", "rich", "jinja2", "psutil", "pytest", "_pytest", "pathspec", "sqlite3", "lamina.engine"]
DODO = """\
import atexit, json, sys
from lamina.cli.dodo import DOIT_CONFIG, task_layers
atexit.register(lambda: open("modules.log", "w").write(json.dumps(sorted(sys.modules))))
"""


def test_imports_nothing_heavy(project: Any) -> None:
    project.write(".gitignore", "modules.log\n")
    project.write("dodo.py", DODO)
    loaded = []
    for _ in range(3):
        project.doit()
        loaded.append(set(json.loads((project.root / "modules.log").read_text())))
    assert "msgspec" in loaded[0], "the first run executes"
    assert set(project.outcomes().values()) == {"cached"}
    assert not loaded[2] & set(HEAVY)


def test_writes_nothing_into_the_cache(project: Any) -> None:
    project.doit("unit")
    time.sleep(0.1)  # older than a tick of the file system's clock
    project.doit("unit")
    before = {path: path.stat().st_mtime_ns for path in (project.root / ".lamina").rglob("*")}
    project.doit("unit")
    assert {path: path.stat().st_mtime_ns for path in (project.root / ".lamina").rglob("*")} == before


def test_reports_are_this_runs_own(project: Any) -> None:
    project.doit("unit")
    project.doit("unit")
    run = project.results()["run"]
    assert run["command"] == "doit unit"
    assert (project.root / "reports/runs" / run["id"] / "results.json").exists()
    assert run["duration"] < 5
    assert run["id"] in (project.root / "reports/latest/index.html").read_text()
    assert 'name="test_u"' in (project.root / "reports/latest/junit.xml").read_text()

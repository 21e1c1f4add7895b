"""A project in a temporary folder, run by the engine without doit, and by plain pytest for comparison."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import uuid
import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lamina.engine import CategoryOutcome, Engine
from lamina.layers.model import Category, Configuration, Filters, Layer, Resource, Settings
from lamina.records import Event


class Project:
    """A folder with tests. `events` holds what the engine told during the last run."""

    def __init__(self, root: Path) -> None:
        self.root = root
        # Of its own, as in life: what another run of these tests on this machine has started is not ours to end.
        self.run_id = f"run-{uuid.uuid4().hex}"
        self.events: list[Event] = []
        self.resources: tuple[Resource, ...] = ()
        self.write("pytest.ini", "[pytest]\n")

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def read(self, name: str) -> str:
        return (self.root / name).read_text()

    def engine(self, *categories: Category, slots: int = 2, settings: Settings | None = None, **keys: Any) -> Engine:
        """`keys` are further ones of the layer that all categories are in."""
        keys = {"execution_order": 1, "max_duration_minutes": 5, "execution_mode": "parallel", **keys}
        layer = Layer(name="layer", categories=categories, **keys)
        self.events.clear()
        return Engine(
            root=self.root,
            configuration=Configuration(layers=(layer,), resources=self.resources, settings=settings or Settings()),
            slots=slots,
            run_id=self.run_id,
            emit=self.events.append,
        )

    def run(self, *arguments: str, slots: int = 2, settings: Settings | None = None, **options: Any) -> CategoryOutcome:
        engine = self.engine(category("unit", *arguments, **options), slots=slots, settings=settings)
        try:
            return engine.run_category("unit", reason="asked for")
        finally:
            engine.close()

    def plain(self, *arguments: str) -> dict[str, str]:
        """Outcome by "classname::name" under plain pytest, from its own JUnit file."""
        command = [sys.executable, "-m", "pytest", "-q", *QUIET, "--junitxml=plain.xml", *arguments]
        done = subprocess.run(command, cwd=self.root, env=environment(), capture_output=True, text=True, timeout=120)
        assert done.returncode in (0, 1), done.stdout + done.stderr
        return junit_outcomes(self.root / "plain.xml")


# Plugins of the development environment that a test asks for by name when it is about them.
QUIET = ("-p", "no:randomly", "-p", "no:cacheprovider")


def category(name: str, *arguments: str, **options: Any) -> Category:
    """A category that takes all tests."""
    options.setdefault("filters", Filters(rest=True))
    options.setdefault("timeout_seconds", 60.0)
    options.setdefault("max_parallel_instances", 2)
    return Category(name=name, pytest_args=(*QUIET, *arguments), **options)


def environment() -> dict[str, str]:
    """Without what this test's own pytest, or a worker of lamina, has set."""
    dropped = ("PYTEST_", "LAMINA_", "COV_", "COVERAGE_")
    return {name: value for name, value in os.environ.items() if not name.startswith(dropped)}


def junit_outcomes(path: Path) -> dict[str, str]:
    """Outcome of each case; pytest writes a failed teardown as a second case of the same name."""
    outcomes: dict[str, str] = {}
    for case in ElementTree.parse(path).iter("testcase"):
        name = f"{case.get('classname')}::{case.get('name')}"
        children = {child.tag: child for child in case}
        outcome = "passed"
        if "failure" in children:
            outcome = "failed"
        elif "error" in children:
            outcome = "error"
        elif "skipped" in children:
            outcome = "xfailed" if children["skipped"].get("type") == "pytest.xfail" else "skipped"
        if outcomes.get(name, "passed") == "passed":
            outcomes[name] = outcome
    return outcomes


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in list(os.environ):
        if name.startswith(("PYTEST_", "LAMINA_", "COV_", "COVERAGE_")) and name != "LAMINA_SESSION":
            monkeypatch.delenv(name)
    root = tmp_path / "project"
    root.mkdir()
    return Project(root)


@pytest.fixture
def outcomes() -> Callable[[CategoryOutcome], dict[str, str]]:
    """Outcome by test id; also checks that the counts agree with the tests."""

    def by_id(outcome: CategoryOutcome) -> dict[str, str]:
        assert outcome.record.counts == dict(Counter(test.outcome for test in outcome.tests))
        found = {test.id: test.outcome for test in outcome.tests}
        assert len(found) == len(outcome.tests), "a test has two records"
        return dict(found)

    return by_id

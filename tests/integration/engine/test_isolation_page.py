"""The examples of docs/isolation.md do what the page says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lamina.records import Note

PAGE = (Path(__file__).parents[3] / "docs" / "isolation.md").read_text()


def example(name: str) -> str:
    """The code block that begins with this file name."""
    found = re.search(rf"```\w+\n# {re.escape(name)}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None, f"{name} is not in the page"
    return found[1]


def test_the_first_example(project: Any) -> None:
    name = "tests/unit/test_price.py"
    project.write(name, example(name))
    outcome = project.run(max_parallel_instances=1)
    assert [test.outcome for test in outcome.tests] == ["passed", "passed"]
    notes = [f"note: {event.text}" for event in project.events if isinstance(event, Note)]
    assert len(notes) == 1 and notes[0] in PAGE


def test_the_example_of_strict_isolation(project: Any) -> None:
    name = "tests/unit/test_registry.py"
    project.write(name, example(name))
    assert [test.outcome for test in project.run(max_parallel_instances=1).tests].count("failed") == 2
    outcome = project.run(max_parallel_instances=1, strict_isolation=True)
    assert [test.outcome for test in outcome.tests] == ["passed"] * 3
    assert project.read("set-ups.txt").splitlines() == ["catalogue"] * 2

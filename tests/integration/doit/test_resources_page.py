"""docs/resources.md: its examples, as they stand there, are a project whose tests pass."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

PAGE = (Path(__file__).parents[3] / "docs" / "resources.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(?:python|yaml)\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)


def test_the_examples_run(project: Any) -> None:
    assert len(BLOCKS) == PAGE.count("```python") + PAGE.count("```yaml") == 4
    for path, text in BLOCKS:
        project.write(path, text)
    settings = '[tool.pytest.ini_options]\npythonpath = ["."]\naddopts = ["-p", "no:randomly", "--strict-markers"]\n'
    project.write("pyproject.toml", (project.root / "pyproject.toml").read_text() + settings)
    project.doit("unit")
    tests = {test["id"].rpartition("::")[2]: test for test in project.results()["tests"]}
    assert {test["outcome"] for test in tests.values()} == {"passed"}
    held = {name: test["resources"] for name, test in tests.items() if test["resources"]}
    assert held == {
        "test_pay": ["payment_gateway"],
        "test_read": ["database (shared)"],
        "test_migrate": ["database", "licences[0]"],
        "test_transfer": ["accounts[alice, bob]"],
        "test_page": ["drivers[0]"],
    }
    assert {"test_create", "test_change", "test_print[1]", "test_print[2]"} <= set(tests)


def test_the_examples_run_under_plain_pytest(project: Any) -> None:
    for path, text in BLOCKS:
        project.write(path, text)
    tests = [path for path, _ in BLOCKS if path.startswith("tests/")]
    options = ["-p", "no:randomly", "--strict-markers", "-o", "pythonpath=.", "--deselect"]
    # What a variable says to a test is lamina's doing.
    project.doit("-q", *options, "tests/unit/test_shop.py::test_transfer", *tests, program="pytest")

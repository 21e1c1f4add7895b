"""docs/databases.md is true: its first examples are a project whose tests pass."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

PAGE = (Path(__file__).parents[3] / "docs" / "databases.md").read_text("utf-8")
FILES = re.findall(r"```\w+\n(?:#|--) (\S+)\n(.*?)```", PAGE, re.DOTALL)


def is_for_postgresql(text: str) -> bool:
    return "postgresql" in text or "%s" in text


def test_the_examples_are_a_project_whose_tests_pass(project: Any) -> None:
    sqlite = [(name, text) for name, text in FILES if not is_for_postgresql(text)]
    for name, text in reversed(sqlite):  # of several with one name the first counts
        project.write(name, text)
    assert {name for name, _ in sqlite} >= {
        "db/schema.sql",
        "db/seed.py",
        "tests/test_people.py",
        "tests/test_program.py",
    }
    assert "4 passed" in project.pytest()


def test_those_of_postgresql_too(project: Any, server: str) -> None:
    files = dict(FILES[:3]) | {name: text for name, text in FILES if is_for_postgresql(text)}
    for name, text in files.items():
        project.write(name, text)
    port = urlsplit(server).port
    assert "2 passed" in project.pytest(POSTGRES_PORT=str(port))


def test_links_within_the_page_lead_somewhere() -> None:
    headings = [line.lstrip("# ").lower() for line in PAGE.splitlines() if line.startswith("#")]
    anchors = {re.sub(r"[^\w -]", "", heading).replace(" ", "-") for heading in headings}
    assert set(re.findall(r"\]\(#([\w-]+)\)", PAGE)) <= anchors

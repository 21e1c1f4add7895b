"""docs/services.md: its first example runs as it says, its others are valid, what it links to is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "services.md").read_text("utf-8")
FILES = re.findall(r"```(?:yaml|python)\n# (\S+)\n(.*?)```", PAGE, re.DOTALL)


def test_the_first_example(project: Any) -> None:
    for name, text in FILES[:2]:
        project.write(name, text)
    out = project.run("database")
    shown = re.findall(r"\$ doit database\n(.*?)```", PAGE, re.DOTALL)[0]

    def without_figures(text: str) -> list[str]:
        return re.sub(r"\d+(\.\d+)? ?(ms|s)?\b", "N", text).splitlines()

    assert set(without_figures(shown)) <= set(without_figures(out)), out


def test_the_other_files_are_valid(project: Any) -> None:
    for name, text in FILES[2:]:
        project.write(name, text)
        assert project.run("validate").startswith("ok")


def test_the_declarations_are_those_of_this_project() -> None:
    ours = (ROOT / "layers/test_layers.yaml").read_text("utf-8")
    (example,) = [text for _, text in FILES if "redis" in text]
    for line in example.splitlines():
        assert line in ours.splitlines() or line.strip().startswith(
            ("core_integration", "required", "layers", "categories")
        ), line


def test_commands_that_it_shows(project: Any) -> None:
    for name, text in FILES[:2]:
        project.write(name, text)
    up = project.run("services", "up")
    assert re.fullmatch(r"web: ready on 127\.0\.0\.1:\d+ \(pid \d+\)\n", up)
    (pid,) = re.findall(r"pid (\d+)", up)
    status = project.run("services", "status")
    assert re.fullmatch(rf"web  up  pid {pid}  127\.0\.0\.1:\d+  since \S+Z\n", status)
    assert project.run("services", "down") == "web: stopped\n"


def test_links() -> None:
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / target).exists(), target

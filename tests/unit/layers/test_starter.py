"""What `lamina init` proposes and writes."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from lamina.errors import UsageError
from lamina.layers import starter
from lamina.layers.loading import load
from lamina.layers.starter import COMMANDS, DODO, LIMITS, MINUTES, Proposal, apply, propose

FLAT = "def test_a(): pass\n"


def proposed(root: Path) -> dict[str, Proposal]:
    return {proposal.path.relative_to(root).as_posix(): proposal for proposal in propose(root)}


def init(project: Any) -> Any:
    """The configuration after `lamina init`."""
    apply(propose(project.root))
    return project.load()


def test_a_project_with_nothing_gets_everything(project: Any) -> None:
    project.file("tests/test_a.py", FLAT)
    before = proposed(project.root)
    assert {name: one.action for name, one in before.items()} == {
        "dodo.py": "write",
        "layers/test_layers.yaml": "write",
        "pyproject.toml": "write",
        ".gitignore": "write",
    }
    assert not (project.root / "dodo.py").exists(), "a proposal changes nothing"
    apply(before.values())
    assert (project.root / "dodo.py").read_text() == DODO
    assert DODO.startswith('"""doit reads this file: the layers of layers/test_layers.yaml as tasks')
    assert (
        tomllib.loads((project.root / "pyproject.toml").read_text())["tool"]["doit"]["plugins"]["command"] == COMMANDS
    )
    assert (project.root / ".gitignore").read_text() == "/.lamina/\n/reports/latest/\n/reports/runs/\n"
    assert before["layers/test_layers.yaml"].reason == "1 tests in 1 files: unit takes all 1"
    assert project.load().layers == load(project.root / "tests", variables={}, memory_mb=9).layers, "the defaults"


def test_a_second_time_there_is_nothing_to_do(project: Any) -> None:
    apply(propose(project.root))
    texts = {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()}
    again = propose(project.root)
    assert [one.action for one in again] == ["keep"] * 4
    apply(again)
    assert {path: path.read_bytes() for path in project.root.rglob("*") if path.is_file()} == texts


def test_existing_files_are_left_alone_and_appended_to(project: Any) -> None:
    project.file("dodo.py", "mine")
    project.write(layers="# mine")
    project.file("pyproject.toml", "[project]\nname = 'x'")
    project.file(".gitignore", "*.pyc\n.lamina\nreports/")
    before = proposed(project.root)
    assert before["dodo.py"].action == before["layers/test_layers.yaml"].action == "keep"
    assert DODO in before["dodo.py"].reason
    assert before[".gitignore"].action == "keep", "the folders are ignored already, written otherwise"
    apply(before.values())
    assert (project.root / "dodo.py").read_text() == "mine"
    text = (project.root / "pyproject.toml").read_text()
    assert text.startswith("[project]\nname = 'x'\n\n[tool.doit.plugins.command]\nrun = ")
    assert tomllib.loads(text)["project"] == {"name": "x"}


def test_line_ends_of_the_project_are_kept(project: Any) -> None:
    (project.root / "pyproject.toml").write_bytes(b"[project]\r\nname = 'x'\r\n")
    apply(propose(project.root))
    text = (project.root / "pyproject.toml").read_bytes()
    assert text.count(b"\n") == text.count(b"\r\n") == 4 + len(COMMANDS)


DOIT_TABLES = {
    "some commands": "[tool.doit.plugins.command]\nrun = 'my:Run'\n",
    "inline": "[tool]\ndoit = {verbosity = 2}\n",
}


@pytest.mark.parametrize("text", DOIT_TABLES.values(), ids=DOIT_TABLES)
def test_a_table_that_cannot_be_appended_to_is_left_with_advice(project: Any, text: str) -> None:
    project.file("pyproject.toml", text)
    one = proposed(project.root)["pyproject.toml"]
    assert (one.action, one.text) == ("keep", "")
    assert "add to it by hand" in one.reason
    assert 'list = "lamina.cli.list_command:List"' in one.reason
    assert ("lamina.cli.run_command" in one.reason) == ("run" not in text)


def test_a_doit_section_of_another_kind_takes_the_commands(project: Any) -> None:
    project.file("pyproject.toml", "[tool.doit]\nverbosity = 1\n[tool.doit.commands.run]\nx = 1\n")
    apply(propose(project.root))
    assert (
        tomllib.loads((project.root / "pyproject.toml").read_text())["tool"]["doit"]["plugins"]["command"] == COMMANDS
    )


def test_a_pyproject_that_is_no_toml_is_the_users_to_mend(project: Any) -> None:
    project.file("pyproject.toml", "[project\n")
    with pytest.raises(UsageError, match=r"^pyproject\.toml: can't be read as TOML: .*; put that right and try again$"):
        propose(project.root)


def test_nothing_is_overwritten_that_came_into_being_meanwhile(project: Any) -> None:
    proposals = propose(project.root)
    project.file("dodo.py", "mine")
    with pytest.raises(FileExistsError):
        apply(proposals)
    assert (project.root / "dodo.py").read_text() == "mine"


def test_a_link_to_nowhere_is_not_written_through(project: Any) -> None:
    (project.root / "dodo.py").symlink_to(project.root / "elsewhere.py")
    assert proposed(project.root)["dodo.py"].action == "keep"


def test_a_large_category_gets_time(project: Any, category_of: Any) -> None:
    project.file("tests/test_a.py", FLAT * 500)
    project.file("tests/integration/test_b.py", FLAT * 10_000)
    configuration = init(project)
    # 500 x 0.25 s = 125 s, and 10,000 x 0.25 s = 2,500 s, rounded up to a minute
    assert category_of(configuration, "unit").timeout_seconds == 180
    assert category_of(configuration, "integration").timeout_seconds == 2520
    assert category_of(configuration, "smoke").timeout_seconds == 60
    assert [layer.max_duration_minutes for layer in configuration.layers] == [4, 42, 20, 60]
    text = (project.root / "layers/test_layers.yaml").read_text()
    assert "timeout_seconds: 180  # 500 tests found, at 0.25 s each (built in: 120)" in text


def test_folders_of_other_names_become_patterns(project: Any, category_of: Any) -> None:
    for path in ("tests/functional/test_a.py", "tests/unit_tests/test_b.py", "tests/e2e/test_c.py", "perf/test_d.py"):
        project.file(path, FLAT)
    configuration = init(project)
    assert category_of(configuration, "integration").filters.include_patterns == ("tests/functional/**",)
    unit = category_of(configuration, "unit").filters
    assert (unit.include_patterns, unit.rest) == (("tests/unit_tests/**",), True)
    assert category_of(configuration, "performance").filters.include_patterns == ("perf/**",)
    assert category_of(configuration, "e2e").filters.include_patterns[0] == "**/tests/e2e/**"
    assert "e2e\n" not in (project.root / "layers/test_layers.yaml").read_text(), "found as built in"


def test_markers_become_filters(project: Any, category_of: Any) -> None:
    project.file("tests/test_a.py", "import pytest\n@pytest.mark.db\ndef test_a(): pass\ndef test_b(): pass\n")
    filters = category_of(init(project), "database").filters
    assert (filters.markers, filters.include_patterns) == (("db",), ())


ODD_FOLDERS = {
    'odd "name"': 'odd "name"/tests/functional/**',
    "a[1]*?": r"a\[1\]\*\?/tests/functional/**",
    "line\nbreak": "line\nbreak/tests/functional/**",
    "# dièse": "# dièse/tests/functional/**",
    os.fsdecode(b"caf\xe9"): "caf?/tests/functional/**",
}


@pytest.mark.parametrize(("folder", "pattern"), ODD_FOLDERS.items(), ids=map(ascii, ODD_FOLDERS))
def test_folders_with_odd_names(project: Any, category_of: Any, folder: str, pattern: str) -> None:
    project.file(f"{folder}/tests/functional/test_a.py", FLAT)
    assert category_of(init(project), "integration").filters.include_patterns == (pattern,)


def test_tests_inside_packages_are_all_units(project: Any) -> None:
    for path in ("pkg/api/tests/test_a.py", "pkg/tests/test_b.py", "pkg/utils/tests/test_c.py"):
        project.file(path, FLAT)
    assert proposed(project.root)["layers/test_layers.yaml"].reason == "3 tests in 3 files: unit takes all 3"
    assert "layers: {}" in proposed(project.root)["layers/test_layers.yaml"].text


def test_the_limits_known_here_are_those_of_the_defaults(project: Any) -> None:
    layers = project.load().layers
    assert {layer.name: {one.name: one.timeout_seconds for one in layer.categories} for layer in layers} == LIMITS
    assert {layer.name: layer.max_duration_minutes for layer in layers} == MINUTES


def test_the_commands_are_those_of_this_repository() -> None:
    ours = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text())["tool"]["doit"]["plugins"][
        "command"
    ]
    assert ours | starter.COMMANDS == ours

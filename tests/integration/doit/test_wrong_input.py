"""What the user got wrong is one message on stderr, without a traceback, and exit status 3."""

from __future__ import annotations

from typing import Any

import pytest


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-n", "-1", "unit"], "-n -1: is not a number of workers; allowed: whole numbers from 1"),
        (["-n-1", "unit"], "-n -1: is not a number of workers"),
        (["-n", "x", "unit"], "-n x: is not a number of workers"),
        (["-n", "0", "unit"], "-n 0: is not a number of workers"),
        (["unit", "--process=1.5"], "-n 1.5: is not a number of workers"),
        (["unti"], "there is no layer, category, task or command 'unti', did you mean unit?"),
        (["fast_fedback"], "did you mean fast_feedback?"),
        (["lsit"], "did you mean list?"),
        (["env=nightly", "unit"], "there is no environment of this name (found nightly)"),
        (["env=", "unit"], "env= needs a value"),
        (["layer_config=none.yaml", "unit"], "layer_config: there is no such file (found none.yaml)"),
        (["fresh=maybe", "unit"], "fresh=maybe: is neither yes nor no"),
        (["frsh=true", "unit"], "frsh=: is not known, did you mean fresh?"),
        (["level=agressive", "unit"], "did you mean aggressive?"),
        (["max_workers=0", "unit"], "max_workers=0"),
        (["list", "env=nightly"], "there is no environment of this name"),
        (["plan", "unti"], "there is no layer or category 'unti', did you mean unit?"),
        (["clean", "unti"], "'unti' is not a task"),
        (["validate", "unit"], "validate takes no names"),
        (["plan", "--frob"], "ERROR: plan: option --frob not recognized; `doit help plan` shows its options\n"),
        (["unit", "--frob"], "ERROR: run: option --frob not recognized; `doit help run` shows its options\n"),
    ],
)
def test_command_line(project: Any, words: list[str], expected: str) -> None:
    out, err = project.doit(*words, status=3)
    assert expected in err
    assert "Traceback" not in out + err
    assert not (project.root / "reports").exists()


@pytest.mark.parametrize(
    ("layers", "expected"),
    [
        ("layers: {fast_feedback: {colour: red}}", ["layers/test_layers.yaml:1", "colour"]),
        ("layers: {fast_feedback: {depends_on: [nowhere]}}", ["layers/test_layers.yaml:1", "nowhere"]),
        ("layers: {fast_feedback: {depends_on: [core_integration]}}", ["fast_feedback", "core_integration"]),
        ("layers: [", ["layers/test_layers.yaml:"]),
    ],
    ids=["unknown key", "unknown layer", "cycle", "no YAML"],
)
def test_configuration(project: Any, layers: str, expected: list[str]) -> None:
    project.write("layers/test_layers.yaml", layers)
    for words in (["unit"], ["list"], ["plan"], ["validate"]):
        out, err = project.doit(*words, status=3)
        assert "Traceback" not in out + err
        for part in expected:
            assert part in err


def test_a_file_of_tasks_that_can_not_be_imported(project: Any) -> None:
    project.write("tasks/own.py", "import os\nimport nothing_of_this_name\n")
    _, err = project.doit("unit", status=3)
    assert (
        err == "ERROR: tasks/own.py:2: can't be imported: ModuleNotFoundError: No module named 'nothing_of_this_name'\n"
    )
    project.write("tasks/own.py", "def task_x(:\n")
    _, err = project.doit("unit", status=3)
    assert "tasks/own.py:1: invalid syntax" in err
    assert "Traceback" not in err


def test_two_files_that_define_the_same_task(project: Any) -> None:
    project.write("tasks/one.py", "def task_x(): return {'actions': []}\n")
    project.write("tasks/two.py", "def task_x(): return {'actions': []}\n")
    _, err = project.doit("unit", status=3)
    assert err == "ERROR: tasks/two.py: task_x is defined by another file in tasks/ already\n"


def test_variables_that_own_tasks_read_are_allowed(project: Any) -> None:
    project.write("tasks/own.py", "from doit import get_var\nCOLOUR = get_var('colour', 'red')\n")
    project.doit("list", "colour=blue")
    _, err = project.doit("list", "clour=blue", status=3)
    assert "clour=: is not known, did you mean colour?" in err

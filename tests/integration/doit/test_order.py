"""Which categories run side by side and which one after another."""

from __future__ import annotations

from typing import Any

import pytest

LOG = """\
import time

def test_logs():
    with open({log!r}, "a") as file:
        file.write("begin {name}\\n")
        file.flush()
        time.sleep(0.5)
        file.write("end {name}\\n")
"""


def run(project: Any, tmp_path: Any, layer: str, names: list[str], *words: str) -> list[str]:
    log = tmp_path / "log"
    for name in names:
        project.write(f"tests/{name}/test_{name}.py", LOG.format(log=str(log), name=name))
    project.doit(*words, "-s", layer)
    lines: list[str] = log.read_text().splitlines()
    return lines


def one_after_another(names: list[str]) -> list[str]:
    return [f"{word} {name}" for name in names for word in ("begin", "end")]


@pytest.mark.parametrize("number", ["1", "4"])
def test_sequential(project: Any, tmp_path: Any, number: str) -> None:
    names = ["smoke", "unit"]
    assert run(project, tmp_path, "fast_feedback", names, "-n", number) == one_after_another(names)


def test_sequential_in_an_order_of_the_command_lines_own(project: Any, tmp_path: Any) -> None:
    run(project, tmp_path, "fast_feedback", ["smoke", "unit"], "-n", "1")
    (tmp_path / "log").unlink()
    project.doit("clean")
    project.doit("-n", "1", "unit", "smoke")
    assert (tmp_path / "log").read_text().splitlines() == one_after_another(["unit", "smoke"])


def test_parallel(project: Any, tmp_path: Any) -> None:
    lines = run(project, tmp_path, "core_integration", ["database", "api"], "-n", "4")
    assert [line.split()[0] for line in lines] == ["begin", "begin", "end", "end"]


def test_hybrid_runs_groups_of_equal_priority_one_after_another(project: Any, tmp_path: Any) -> None:
    project.write(
        "layers/test_layers.yaml",
        "layers:\n  service_integration:\n    execution_mode: hybrid\n    categories:\n"
        "      - {name: agent, priority: 2}\n      - {name: e2e_critical, priority: 1}\n      - {name: frontend, priority: 2}\n",
    )
    names = ["agent", "e2e_critical", "frontend"]
    lines = run(project, tmp_path, "service_integration", names, "-n", "4")
    assert lines[:2] == one_after_another(["e2e_critical"])
    assert [line.split()[0] for line in lines[2:]] == ["begin", "begin", "end", "end"]


def test_a_later_layer_keeps_its_order_too(project: Any, tmp_path: Any) -> None:
    """doit wakes the tasks that wait for an earlier layer in any order."""
    project.write("layers/test_layers.yaml", "layers:\n  core_integration:\n    execution_mode: sequential\n")
    log = tmp_path / "log"
    names = ["database", "api", "websocket", "integration"]
    for name in names:
        project.write(f"tests/{name}/test_{name}.py", LOG.format(log=str(log), name=name))
    project.doit("-n", "3", "core_integration")
    assert log.read_text().splitlines() == one_after_another(names)

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
# Ends when all of `others` have begun: side by side, however slowly a busy machine starts them.
MEETS = """\
import time

def test_meets():
    with open({log!r}, "a") as file:
        file.write("begin {name}\\n")
    deadline = time.monotonic() + 20
    while not all(f"begin {{other}}\\n" in open({log!r}).read() for other in {others!r}) and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.1)
    with open({log!r}, "a") as file:
        file.write("end {name}\\n")
"""
SLEEPS = """\
import pytest, time

@pytest.mark.parametrize("number", range(12))
def test_sleeps(number):
    time.sleep(0.25)
"""


def run(
    project: Any, tmp_path: Any, layer: str, names: list[str], *words: str, meet: tuple[str, ...] = ()
) -> list[str]:
    log = tmp_path / "log"
    for name in names:
        text = MEETS if name in meet else LOG
        project.write(f"tests/{name}/test_{name}.py", text.format(log=str(log), name=name, others=meet))
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
    names = ("database", "api")
    lines = run(project, tmp_path, "core_integration", list(names), "-n", "4", meet=names)
    assert [line.split()[0] for line in lines] == ["begin", "begin", "end", "end"]


def test_hybrid_runs_groups_of_equal_priority_one_after_another(project: Any, tmp_path: Any) -> None:
    project.write(
        "layers/test_layers.yaml",
        "layers:\n  service_integration:\n    execution_mode: hybrid\n    categories:\n"
        "      - {name: agent, priority: 2}\n      - {name: e2e_critical, priority: 1}\n      - {name: frontend, priority: 2}\n",
    )
    names = ["agent", "e2e_critical", "frontend"]
    lines = run(project, tmp_path, "service_integration", names, "-n", "4", meet=("agent", "frontend"))
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


def test_at_most_eight_workers_in_all(project: Any) -> None:
    """Four categories at once whose own limits add up to ten."""
    limits = {"database": 2, "api": 3, "websocket": 2, "integration": 3}
    text = "layers:\n  core_integration:\n    categories:\n"
    for name, most in limits.items():
        project.write(f"tests/{name}/test_{name}.py", SLEEPS)
        text += f"      - {{name: {name}, max_parallel_instances: {most}}}\n"
    project.write("layers/test_layers.yaml", text)
    project.doit("-n", "8", "core_integration")
    results = project.results()
    assert {test["outcome"] for test in results["tests"]} == {"passed"}
    assert sum("test_sleeps" in test["id"] for test in results["tests"]) == 48
    assert results["run"]["slots"] == 8
    spans = results["workers"]
    assert 6 <= most_at_once(spans) <= 8
    for name, most in limits.items():
        assert 1 <= most_at_once([span for span in spans if span["category"] == name]) <= most
    for slot in {span["worker"] for span in spans}:
        assert most_at_once([span for span in spans if span["worker"] == slot]) == 1, (
            "a name stands for one worker at a time"
        )


def most_at_once(spans: list[dict[str, Any]]) -> int:
    """How many overlap at most."""
    changes = sorted([(span["begin"], 1) for span in spans] + [(span["until"], -1) for span in spans])
    return max(sum(change for _, change in changes[: end + 1]) for end in range(len(changes)))

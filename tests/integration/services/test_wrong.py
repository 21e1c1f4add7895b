"""What goes wrong with a service blocks its layers, and no others, with the reason."""

from __future__ import annotations

import os
import socket
from typing import Any

LAYERS = """
layers:
  core_integration:
    depends_on: []
    required_services: [web]
"""


def declare(project: Any, *lines: str) -> None:
    project.layers("services:\n  web:\n" + "".join(f"    {line}\n" for line in lines) + LAYERS)


def test_it_does_not_start(project: Any) -> None:
    declare(project, 'command: "{python} -c \'print(\\"no such table\\"); exit(3)\'"')
    out = project.run("unit", "database", status=1)
    reason = "ended with exit status 3 before it was ready"
    assert project.category("unit")["outcome"] == "passed"
    category = project.category("database")
    assert category["outcome"] == "not_run" and category["reason"] == f"service web: {reason}"
    assert reason in out and "no such table" in out
    service = project.service()
    assert service["state"] == "failed" and service["reason"] == reason and service["log"] == "no such table"
    page = (project.root / "reports/latest/index.html").read_text()
    assert reason in page and "no such table" in page


def test_the_port_is_taken_by_a_stranger(project: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as stranger:
        port = stranger.getsockname()[1]
        declare(project, 'command: "{python} server.py {port}"', f"port: {port}")
        out = project.run("database", status=1)
        assert f"service web: port {port} is taken by " in out and f"(pid {os.getpid()})" in out


def test_its_readiness_never_comes(project: Any) -> None:
    declare(
        project,
        'command: "{python} server.py {port}"',
        "environment: {STOPPED: x}",
        "readiness: {kind: log, line: ready to serve}",
        "start_timeout_seconds: 1",
    )
    out = project.run("unit", "database", status=1)
    reason = "was not ready within 1 s (no line that matches 'ready to serve')"
    assert project.category("unit")["outcome"] == "passed"
    category = project.category("database")
    assert category["outcome"] == "not_run" and category["reason"] == f"service web: {reason}"
    assert reason in out and "listening on" in out
    assert project.processes() == []


def test_it_dies_in_the_middle(project: Any) -> None:
    declare(
        project,
        'command: "{python} server.py {port}"',
        "environment: {STOPPED: x}",
        "provides: {URL: 'http://{host}:{port}'}",
    )
    project.write(
        "tests/database/test_web.py",
        """
import os, time, urllib.request

def test_before():
    pass

def test_kills_it():
    try:
        urllib.request.urlopen(os.environ["URL"] + "/exit")
    finally:
        time.sleep(0.01)

def test_waits():
    time.sleep(60)

def test_later():
    urllib.request.urlopen(os.environ["URL"])
""",
    )
    layers = project.root / "layers/test_layers.yaml"
    layers.write_text(layers.read_text() + "    categories: [{name: database, max_parallel_instances: 1}]\n")
    out = project.run("unit", "database", status=1)
    reason = "service web ended with exit status 7 in the middle"
    tests = {test["id"].partition("::")[2]: test for test in project.results()["tests"]}
    assert tests["test_before"]["outcome"] == "passed" and tests["test_unit"]["outcome"] == "passed"
    for name in ("test_kills_it", "test_waits", "test_later"):
        assert tests[name]["outcome"] == "not_run" and tests[name]["reason"].startswith(reason), tests[name]
    category = project.category("database")
    assert category["outcome"] == "not_run" and category["reason"] == reason and reason in out
    assert project.service()["state"] == "died"


def test_a_circuit_breaker_ends_attempts_until_its_time_is_over(project: Any) -> None:
    declare(project, 'command: "{python} start.py"', "circuit_failures: 2", "circuit_reset_seconds: 2")
    project.write("start.py", "open('starts', 'a').write('x')\nraise SystemExit('no')\n")
    text = (project.root / "layers/test_layers.yaml").read_text()
    more = "".join(f"      - {{name: {name}}}\n" for name in ("one", "two", "three"))
    project.layers(text + "    execution_mode: sequential\n    categories:\n" + more)
    for name in ("one", "two", "three"):
        project.write(f"tests/{name}/test_it.py", "def test_it():\n    pass\n")
    project.run("database", "one", "two", status=1)
    assert (project.root / "starts").read_text() == "xx"
    assert project.category("two")["reason"] == (
        "service web is not tried again for now: it failed 2 times in this run (ended with exit status 1 before it was ready)"
    )


def test_a_service_that_recovers_is_tried_again(project: Any) -> None:
    """The first category meets a service that does not start, the second, after the breaker's time, one that does."""
    declare(project, 'command: "{python} start.py {port}"', "circuit_failures: 1", "circuit_reset_seconds: 0.5")
    project.write(
        "start.py",
        """
import os, sys
if not os.path.exists("tried"):
    open("tried", "w").close()
    raise SystemExit("not yet")
os.environ["STOPPED"] = "stopped.txt"
os.execv(sys.executable, [sys.executable, "server.py", sys.argv[1]])
""",
    )
    text = (project.root / "layers/test_layers.yaml").read_text()
    project.layers(
        text
        + """    execution_mode: sequential
    categories:
      - {name: one, priority: -2}
  pause:
    depends_on: []
    execution_mode: sequential
    categories:
      - {name: pausing}
  later:
    depends_on: [pause]
    required_services: [web]
    categories:
      - {name: two}
"""
    )
    project.write("tests/one/test_it.py", "def test_it():\n    pass\n")
    project.write("tests/two/test_it.py", "def test_it():\n    pass\n")
    project.write(
        "tests/pausing/test_it.py",
        """
import os, time

def test_it():
    while not os.path.exists("tried"):
        time.sleep(0.05)
    time.sleep(1)
""",
    )
    project.run("-n", "2", "one", "two", status=1)
    assert project.category("one")["outcome"] == "not_run"
    assert project.category("two")["outcome"] == "passed"


def test_wrong_declarations(project: Any) -> None:
    project.layers("""
services:
  a:
    command: "serve {prt}"
    depends_on: [b]
  b:
    command: serve
    depends_on: [a, c]
    readiness: {kind: tpc}
layers:
  core_integration:
    required_services: [d]
""")
    out = project.run("validate", status=3)
    for line in (
        "layers/test_layers.yaml:4: services.a.command: has a placeholder that stands for nothing, did you mean port?",
        "layers/test_layers.yaml:5: services.a.depends_on: services wait for each other in a ring (found a -> b -> a)",
        "layers/test_layers.yaml:8: services.b.depends_on[1]: there is no service of this name (found c); allowed: a",
        "layers/test_layers.yaml:9: services.b.readiness.kind: is not one of the allowed values, did you mean tcp?",
        "layers/test_layers.yaml:12: layers.core_integration.required_services[0]: there is no service of this name (found d)",
    ):
        assert line in out, out

"""Services in a run: started when needed, stopped at its end, whatever that is."""

from __future__ import annotations

import os
import signal
from typing import Any

from psutil import Process

SLOW_TEST = """
import os, time, urllib.request

def test_first():
    pass

def test_waits():
    open("running", "w").close()
    time.sleep(60)

def test_later():
    pass
"""


def with_web(project: Any, *lines: str) -> None:
    """The layers file, with further keys of the service."""
    from textwrap import indent

    web, layers = project.root.joinpath("layers/test_layers.yaml").read_text().split("\nlayers:\n")
    project.layers(web + indent("\n".join(lines), "    ") + "\n\nlayers:\n" + layers)


def test_it_is_started_for_the_layer_that_needs_it_and_stopped_in_order(project: Any) -> None:
    out = project.run("database")
    assert "service web: ready on 127.0.0.1:" in out
    assert project.stops == 1 and not project.processes()
    service = project.service()
    assert (
        service["state"] == "stopped" and service["pid"] and service["ports"]["port"] and service["ready_seconds"] > 0
    )


def test_nothing_is_started_when_nothing_needs_it(project: Any) -> None:
    project.run("database")
    out = project.run("database")
    assert "cached 1" in out and project.stops == 1
    project.write("tests/unit/test_unit.py", "def test_unit():\n    assert True\n")
    assert "service" not in project.run("unit")
    # The category has to look, and finds that its test has a valid result: nothing is started for that either.
    out = project.run("database")
    assert "service" not in out and project.stops == 1 and project.category("database")["outcome"] == "cached"


def test_two_services_one_of_which_needs_the_other(project: Any) -> None:
    project.layers("""
services:
  front:
    command: "{python} server.py {port}"
    depends_on: [web]
    ports: {admin: 0}
    environment: {GREETING: "behind me is {web.port}", STOPPED: "{root}/stopped.txt"}
  web:
    command: "{python} server.py {port}"
    environment: {STOPPED: "{root}/stopped.txt"}
layers:
  core_integration:
    depends_on: []
    required_services: [front]
""")
    project.write("tests/database/test_web.py", """
import os, urllib.request

def test_it():
    with urllib.request.urlopen("http://{LAMINA_SERVICE_FRONT_HOST}:{LAMINA_SERVICE_FRONT_PORT}".format(**os.environ)) as answer:
        assert answer.read().decode() == "behind me is " + os.environ["LAMINA_SERVICE_WEB_PORT"]
    assert int(os.environ["LAMINA_SERVICE_FRONT_PORT_ADMIN"]) > 0
""")  # fmt: skip
    project.run("database")
    assert project.stops == 2


def test_a_new_port_changes_no_result_and_a_new_declaration_does(project: Any) -> None:
    project.run("database")
    ports = project.service()["ports"]
    # Something else that has to be looked at, so that doit does not skip the category as a whole.
    project.write("tests/database/test_more.py", "def test_more():\n    pass\n")
    project.run("database")
    assert project.service()["ports"] != ports
    cached = {test["id"]: test["cached"] for test in project.results()["tests"]}
    assert cached == {
        "tests/database/test_web.py::test_it_answers": True,
        "tests/database/test_more.py::test_more": False,
    }
    with_web(project, "ports: {more: 0}")
    assert "executed 2" in project.run("database")


def test_the_category_has_the_last_word_on_a_variable(project: Any) -> None:
    text = project.root.joinpath("layers/test_layers.yaml").read_text()
    project.layers(text + "    categories:\n      - {name: database, environment: {WEB_URL: 'data:,own'}}\n")
    project.write(
        "tests/database/test_web.py", "import os\ndef test_it():\n    assert os.environ['WEB_URL'] == 'data:,own'\n"
    )
    project.run("database")


def test_debugging_has_them_too(project: Any) -> None:
    out = project.run("debug", "test_it_answers")
    assert "service web: ready on" in out and "1 passed" in out
    assert project.stops == 1 and not project.processes("")


def test_nothing_is_left_when_the_run_is_killed(project: Any) -> None:
    project.write("tests/database/test_web.py", SLOW_TEST)
    run = project.start("database")
    assert project.wait_for((project.root / "running").exists)
    assert project.processes()
    run.kill()
    run.communicate()
    assert project.wait_for(lambda: not project.processes(""))
    assert project.stops == 1, "stopped in order all the same"


def test_nothing_is_left_when_the_run_is_killed_while_it_starts(project: Any) -> None:
    project.environment["SLOW"] = "60"
    run = project.start("database")
    assert project.wait_for(project.processes)
    run.kill()
    run.communicate()
    assert project.wait_for(lambda: not project.processes(""))


def test_ctrl_c(project: Any) -> None:
    project.write("tests/database/test_web.py", SLOW_TEST)
    run = project.start("database")
    assert project.wait_for((project.root / "running").exists)
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=30)
    assert run.returncode == 130, out
    assert not project.processes("") and project.stops == 1


def test_ctrl_c_while_it_starts(project: Any) -> None:
    project.environment["SLOW"] = "60"
    run = project.start("database")
    assert project.wait_for(project.processes)
    run.send_signal(signal.SIGINT)
    out, _ = run.communicate(timeout=30)
    assert run.returncode == 130, out
    assert project.category("database")["reason"] == "interrupted"
    assert project.service()["state"] == "interrupted" and not project.processes("")


def test_doit_and_a_keeper_that_are_killed_together_take_the_service_along(project: Any) -> None:
    project.write("tests/database/test_web.py", SLOW_TEST)
    run = project.start("database")
    assert project.wait_for(lambda: (project.root / "running").exists())
    for pid in (Process(project.processes()[0]).ppid(), run.pid):
        os.kill(pid, signal.SIGKILL)
    run.communicate()
    assert project.wait_for(lambda: not project.processes(""), 10)


def test_a_keeper_that_is_killed_takes_its_service_along(project: Any) -> None:
    project.write("tests/database/test_web.py", SLOW_TEST)
    run = project.start("database")
    assert project.wait_for((project.root / "running").exists)
    os.kill(Process(project.processes()[0]).ppid(), signal.SIGKILL)
    out, _ = run.communicate(timeout=30)
    assert run.returncode == 1, out
    assert project.category("database")["reason"] == "service web lost its keeper in the middle"

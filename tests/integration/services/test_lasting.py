"""`services up`, `down` and `status`, and services that are there already."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from typing import Any

SLOW_TEST = """
import time

def test_waits():
    open("running", "w").close()
    time.sleep(60)
"""


def test_up_is_used_by_runs_and_outlives_them(project: Any) -> None:
    pid = project.run("services", "up").rpartition("(pid ")[2].rstrip(")\n")
    assert f"up  pid {pid}" in project.run("services")
    out = project.run("database")
    assert "service web: up since " in out and project.service()["state"] == "kept up"
    assert project.service()["pid"] == int(pid) and project.stops == 0
    assert f"(pid {pid})" in project.run("services", "up"), "a second time it is left as it is"
    assert project.run("services", "down") == "web: stopped\n"
    assert project.stops == 1 and not project.processes("")
    assert project.run("services", "down") == "web: is not up\n"
    assert project.run("services").split() == ["web", "down"]


def test_another_declaration_is_not_what_is_up(project: Any) -> None:
    project.run("services", "up")
    layers = project.root / "layers/test_layers.yaml"
    layers.write_text(layers.read_text().replace("STOPPED:", "MORE: x, STOPPED:"))
    assert "from another declaration" in project.run("services")
    assert "was made from another declaration, so a new one is started" in project.run("database")
    assert project.service()["state"] == "stopped" and len(project.processes("server.py")) == 1
    # `up` replaces it.
    project.run("services", "up")
    assert len(project.processes("server.py")) == 1 and "another" not in project.run("services")
    project.run("services", "down")


def test_one_that_died_is_said_to_have_died(project: Any) -> None:
    project.run("services", "up")
    os.kill(project.processes("server.py")[0], signal.SIGKILL)
    assert project.wait_for(lambda: not project.processes(""))
    assert project.run("services").split()[:2] == ["web", "died"]
    assert "service web: ready on" in project.run("database")
    assert project.run("services", "down") == "web: had ended by itself\n"


def test_up_that_fails_leaves_nothing(project: Any) -> None:
    project.layers("services:\n  web: {command: \"{python} -c 'exit(3)'\"}\n")
    out = project.run("services", "up", status=1)
    assert "web: ended with exit status 3 before it was ready" in out
    assert project.run("services").split() == ["web", "down"] and not project.processes("")


def test_wrong_words(project: Any) -> None:
    assert "there is no 'statis', did you mean status?" in project.run("services", "statis", status=3)
    assert "there is no service 'wep', did you mean web?; declared: web" in project.run(
        "services", "up", "wep", status=3
    )
    project.layers("layers: {}\n")
    assert "no services are declared" in project.run("services", "status")


def test_what_is_ready_on_its_port_is_reused_and_left_up(project: Any, free_port: int) -> None:
    server = _stranger(project, free_port)
    try:
        out = project.run("database")
        assert f"(pid {server.pid}) already and is ready: reused, and left up" in out
        assert project.service()["state"] == "reused" and server.poll() is None and project.stops == 0
        # Something else that has the port is not it.
        project.layers(
            (project.root / "layers/test_layers.yaml")
            .read_text()
            .replace("kind: http", "kind: http, url: 'http://{host}:{port}/none'")
        )
        out = project.run("database", "fresh=true", status=1)
        assert (
            f"service web: port {free_port} is taken by" in out and "that is not it: its readiness check fails" in out
        )
    finally:
        server.kill()
        server.wait()


def test_the_death_of_what_is_reused_is_noticed(project: Any, free_port: int) -> None:
    project.write("tests/database/test_web.py", SLOW_TEST)
    server = _stranger(project, free_port)
    try:
        run = project.start("database")
        assert project.wait_for((project.root / "running").exists)
        server.kill()
        out, _ = run.communicate(timeout=30)
    finally:
        server.kill()
        server.wait()
    assert run.returncode == 1, out
    assert project.category("database")["reason"] == "service web does not listen any more in the middle"
    assert project.service()["state"] == "died"


def _stranger(project: Any, port: int) -> subprocess.Popen[bytes]:
    """A server that somebody else has started, on the port that is declared."""
    text = (project.root / "layers/test_layers.yaml").read_text()
    keys = f"    port: {port}\n    reuse: true\n    readiness: {{kind: http}}\n"
    project.layers(text.replace("    command:", f"{keys}    command:"))
    server = subprocess.Popen(
        [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"], cwd=project.root,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert project.wait_for(lambda: _answers(port))
    return server


def _answers(port: int) -> bool:
    from lamina.services.ports import is_taken

    return is_taken(port)

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FOREIGN = ("LAMINA_", "PYTEST_", "COV_", "COVERAGE_", "DOIT_", "FORCE_COLOR", "NO_COLOR", "PY_COLORS")
# A small server: says on stdout that it listens, answers GET and HEAD, writes down that it was stopped in order.
SERVER = """
import http.server, os, signal, sys, time

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path == "/exit":
            os._exit(7)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ.get("GREETING", "hello").encode())
    do_HEAD = do_GET

def stop(*_):
    with open(os.environ["STOPPED"], "a") as file:
        file.write("stopped\\n")
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
time.sleep(float(os.environ.get("SLOW", "0")))
server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler)
print("listening on", sys.argv[1], flush=True)
server.serve_forever()
"""
USES_IT = """
import os, urllib.request

def test_it_answers():
    with urllib.request.urlopen(os.environ["WEB_URL"]) as answer:
        assert answer.status == 200
"""
WEB = """
services:
  web:
    command: "{python} server.py {port}"
    environment: {STOPPED: "{root}/stopped.txt"}
    provides: {WEB_URL: "http://{host}:{port}/"}
"""
LAYERS = """
layers:
  core_integration:
    depends_on: []
    required_services: [web]
"""


class Project:
    """A project with a server of its own, whose `database` tests use it and whose `unit` tests don't."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
        self.environment["LAMINA_AUDIT"] = "0"  # what is executed is not to be left to chance
        # By this, everything that was started for the project is found.
        self.mark = f"project={root}"
        self.environment["LAMINA_TEST_MARK"] = self.mark
        self.write("pytest.ini", "[pytest]\naddopts = -p no:randomly\n")
        self.write("server.py", SERVER)
        self.write("tests/database/test_web.py", USES_IT)
        self.write("tests/unit/test_unit.py", "def test_unit():\n    pass\n")
        self.layers(WEB + LAYERS)

    def write(self, path: str, text: str) -> None:
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def layers(self, text: str) -> None:
        self.write("layers/test_layers.yaml", text)

    def start(self, *words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("lamina")), *words], cwd=self.root, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip

    def run(self, *words: str, status: int = 0) -> str:
        process = self.start(*words)
        out, _ = process.communicate(timeout=120)
        assert process.returncode == status, f"{words} ended with {process.returncode}\n{out}"
        return out

    def results(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads((self.root / "reports/latest/results.json").read_text())
        return data

    def category(self, name: str) -> dict[str, Any]:
        return next(one for layer in self.results()["layers"] for one in layer["categories"] if one["name"] == name)

    def service(self, name: str = "web") -> dict[str, Any]:
        return next(one for one in self.results()["services"] if one["name"] == name)

    def processes(self, part: str = "server.py") -> list[int]:
        """Processes that were started for this project and have `part` in their command line."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                try:
                    if self.mark.encode() in (folder / "environ").read_bytes():
                        command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                        if part in command:
                            found.append(int(folder.name))
                except OSError:
                    continue
        return found

    @staticmethod
    def wait_for(what: Callable[[], Any], seconds: float = 30) -> Any:
        until = time.monotonic() + seconds
        while True:
            found = what()
            if found or time.monotonic() > until:
                return found
            time.sleep(0.02)

    @property
    def stops(self) -> int:
        """How often the server was stopped in order."""
        path = self.root / "stopped.txt"
        return len(path.read_text().splitlines()) if path.exists() else 0


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    made = Project(tmp_path / "project")
    yield made
    left = made.processes("")
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    assert not left, "something was left behind"


@pytest.fixture
def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])

"""Small suites made by chance, whose outcomes and dependencies are known by construction: what `chaos.py` runs.

A suite is a few functions that call each other, tests of them (some fail, are skipped, share a fixture, read a file, have
child processes), tests of a server, and one test that does harm when it is told to. Each test writes down, outside of the
project, that it began and that it ended: whatever a report says can be compared with that.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

__all__ = ["HARM", "Suite", "Test", "draw"]

HARM = "tests/unit/test_harm.py::test_harm"
_DATABASE = "tests/database/test_served.py"
_CONFTEST = """\
import os

import pytest
from app.parts import value_0


def say(text):
    log = os.open(os.environ["CHAOS_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    os.write(log, (text + "\\n").encode())
    os.close(log)


@pytest.fixture(autouse=True)
def said(request):
    say("begin " + request.node.nodeid)
    request.addfinalizer(lambda: say("end " + request.node.nodeid))


@pytest.fixture(scope="session")
def shared():
    return value_0(1)
"""
_TOP = """\
import os
import socket
import subprocess
import time
from pathlib import Path

import pytest
from app import parts


def pause(seconds):
    time.sleep(seconds * float(os.environ.get("CHAOS_PACE", "1")))


def ask(times):
    host, port = os.environ["CHAOS_SERVER"].split(":")
    for _ in range(times):
        with socket.create_connection((host, int(port)), timeout=1) as line:
            line.sendall(b"PING\\r\\n")
            answer = b""
            while not answer.endswith(b"\\n"):
                more = line.recv(64)
                assert more, "the server has hung up"
                answer += more
            assert answer == b"+PONG\\r\\n"
        pause(0.03)
"""
# What it does is told by an environment variable, which is one of its dependencies.
_HARM = """\
import os
import signal
import subprocess
import time


def test_harm():
    harm = os.environ.get("CHAOS_HARM", "")
    if harm == "hog":
        held = []
        while True:
            held.append(b"x" * 20_000_000)
    elif harm == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        while True:
            time.sleep(1)
    elif harm == "spin":
        while True:
            pass
    elif harm == "wait":
        subprocess.run(["sleep", "1000"])
    elif harm == "children":
        while True:
            subprocess.Popen(["sleep", "1000"])
    elif harm == "sessions":
        while True:
            subprocess.Popen(["sleep", "1000"], start_new_session=True)
    elif harm == "forks":
        while True:
            try:
                if os.fork() == 0:
                    os.setsid()
            except OSError:
                time.sleep(0.01)
"""
# Speaks as much of Redis's language as the tests do. A child of its own, which left its group, goes with it in order.
_SERVER = """\
import signal, socket, subprocess, sys

child = subprocess.Popen(["sleep", "1000"], start_new_session=True)

def stop(*_):
    child.kill()
    child.wait()
    sys.exit(0)

signal.signal(signal.SIGTERM, stop)
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    line, _ = server.accept()
    with line:
        try:
            if line.recv(64):
                line.sendall(b"+PONG\\r\\n")
        except OSError:
            pass
"""
_LAYERS = """\
services:
  echo:
    command: "{command}"
    provides: {{CHAOS_SERVER: "{{host}}:{{port}}"}}
    stop_grace_seconds: 1

layers:
  fast_feedback:
    categories:
      - name: unit
        test_timeout_seconds: {limit}
        timeout_seconds: 20
        max_parallel_instances: {workers}
        strict_isolation: {strict}
  core_integration:
    depends_on: []
    required_services: [echo]
    categories:
      - name: database
        test_timeout_seconds: {limit}
        timeout_seconds: 20
"""
_REDIS = 'redis-server --bind {host} --port {port} --dir {dir} --save \\"\\" --appendonly no'


@dataclass(frozen=True)
class Test:
    """`uses`: the parts whose values it depends on; None: everything in the project. `is_servable`: what it comes to, once
    executed, is served as long as nothing of that changes."""

    id: str
    body: str
    marker: str = ""
    arguments: str = ""
    uses: frozenset[int] | None = frozenset()
    is_servable: bool = True
    is_skipped: bool = False

    @property
    def file(self) -> str:
        return self.id.partition("::")[0]


@dataclass
class Suite:
    """`constants` are what the parts add, `below` the parts that each one calls."""

    constants: list[int]
    below: list[list[int]]
    tests: list[Test] = field(default_factory=list)
    strict: bool = False
    redis: bool = False
    limit: float = 1.5
    workers: int = 2

    def write(self, root: Path) -> None:
        """The whole project."""
        names = ("pythonpath = .", "addopts = -p no:randomly -p no:hypothesispytest -p no:django -p no:asyncio")
        _write(root / "pytest.ini", "\n".join(["[pytest]", *names, "python_files = test_*.py", ""]))
        _write(root / "app/__init__.py", "")
        self.write_parts(root)
        _write(root / "conftest.py", _CONFTEST)
        _write(root / "server.py", _SERVER)
        _write(root / "tests/unit/test_harm.py", _HARM)
        for path in sorted({test.file for test in self.tests if test.id != HARM}):
            bodies = (_function(test) for test in self.tests if test.file == path)
            _write(root / path, _TOP + "".join(bodies))
        command = _REDIS if self.redis else "{python} server.py {port}"
        _write(
            root / "layers/test_layers.yaml",
            _LAYERS.format(command=command, limit=self.limit, workers=self.workers, strict=str(self.strict).lower()),
        )

    def write_parts(self, root: Path) -> None:
        """The module that edits change, and the file that some tests read."""
        lines = []
        for number, constant in enumerate(self.constants):
            calls = "".join(f" + value_{below}(given)" for below in self.below[number])
            lines.append(
                f"PART_{number} = {constant}\n\n\ndef value_{number}(given):\n    return given + PART_{number}{calls}\n"
            )
        _write(root / "app/parts.py", "\n\n".join(lines))
        _write(root / "app/data.txt", str(self.constants[-1]))

    def edit(self, random: Random) -> int:
        """Changes one part; returns its number. The last one is in the file that is read as well."""
        number = random.randrange(len(self.constants))
        self.constants[number] += 100
        return number

    def value(self, part: int, given: int) -> int:
        """What a part makes of `given` now."""
        return given + self.constants[part] + sum(self.value(below, given) for below in self.below[part])

    def closure(self, part: int) -> frozenset[int]:
        """The part and all that it calls."""
        return frozenset({part}).union(*(self.closure(below) for below in self.below[part]))

    def concerned(self, part: int) -> set[str]:
        """The tests that an edit of the part concerns."""
        return {test.id for test in self.tests if test.uses is None or part in test.uses}


def draw(random: Random) -> Suite:
    """A suite."""
    parts = random.randint(4, 7)
    below = [sorted(random.sample(range(part), min(part, random.randint(0, 2)))) for part in range(parts)]
    suite = Suite([random.randint(1, 9) for _ in range(parts)], below)
    suite.strict, suite.workers = random.random() < 0.25, random.randint(1, 3)
    suite.redis = random.random() < 0.5 and shutil.which("redis-server") is not None
    for number in range(random.randint(10, 16)):
        suite.tests.append(_of_parts(suite, random, number))
    for number in range(random.randint(3, 6)):
        # What its answer depends on nobody sees: the service's declaration stands for it.
        suite.tests.append(Test(f"{_DATABASE}::test_served_{number}", f"ask({random.randint(1, 4)})"))
    suite.tests.append(Test(HARM, "", uses=frozenset()))
    return suite


def _of_parts(suite: Suite, random: Random, number: int) -> Test:
    part, given = random.randrange(len(suite.constants)), random.randint(0, 9)
    name = f"tests/unit/test_{random.randrange(3)}.py::test_{number}"
    seconds = random.choice((0, 0, 0.02, 0.05, 0.1, 0.2))
    claim = f"parts.value_{part}({given}) == {suite.value(part, given)}"
    uses = suite.closure(part)
    kind = random.choice(("plain",) * 8 + ("wrong", "skipped", "expected", "shared", "file", "child", "many"))
    if kind == "wrong":
        return Test(name, f"pause({seconds})\n    assert not {claim}", uses=uses, is_servable=False)
    if kind == "skipped":
        return Test(name, f"assert {claim}", "@pytest.mark.skip(reason='not now')\n", uses=frozenset(), is_skipped=True)
    if kind == "expected":
        return Test(name, f"pause({seconds})\n    assert not {claim}", "@pytest.mark.xfail\n", uses=uses)
    if kind == "shared":
        body = f"pause({seconds})\n    assert {claim}\n    assert shared == {suite.value(0, 1)}"
        return Test(name, body, arguments="shared", uses=uses | suite.closure(0))
    if kind == "file":
        last = len(suite.constants) - 1
        body = f"pause({seconds})\n    assert int(Path('app/data.txt').read_text()) == {suite.constants[last]}"
        return Test(name, body, uses=frozenset({last}))
    if kind == "child":
        body = (
            f"with subprocess.Popen(['sleep', '1000'], start_new_session={random.random() < 0.5}) as child:\n"
            f"        pause({seconds})\n        child.kill()\n    assert {claim}"
        )
        return Test(name, body, uses=None)
    return Test(name, f"pause({seconds})\n    assert {claim}", uses=uses)


def _function(test: Test) -> str:
    return f"\n\n{test.marker}def {test.id.rpartition('::')[2]}({test.arguments}):\n    {test.body}\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)

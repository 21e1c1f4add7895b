"""A service under its keeper, without a run: each kind of readiness, each way not to start, each way to end."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from psutil import Process

from lamina.layers.model import Readiness, Service
from lamina.services.down import Death, ServiceDownError
from lamina.services.handle import Handle
from lamina.services.instructions import instructions_for, place_for
from lamina.workers.processes import members, token_of

SERVER = "{python} server.py {port}"
ANSWERS = "{python} -c \"import urllib.request as r; r.urlopen('http://{host}:{port}')\""


@pytest.fixture
def start(project: Any, tmp_path: Path) -> Iterator[Callable[..., Handle]]:
    """Starts a service; `deaths` of what it returns is filled when the service dies."""
    started: list[Handle] = []

    def start(**keys: Any) -> Handle:
        keys = {
            "command": SERVER,
            "environment": {"STOPPED": "{root}/stopped.txt"},
            "start_timeout_seconds": 20.0,
            **keys,
        }
        service = Service(name="web", **keys)
        folder = tmp_path / "own"
        folder.mkdir(exist_ok=True)
        token = token_of("test", f"{tmp_path.name}-{len(started)}")
        place = place_for(service, str(folder))
        deaths: list[Death] = []
        handle = Handle(
            instructions_for(service, place, {}, str(project.root), tmp_path / "web.log", token), deaths.append
        )
        handle.deaths = deaths  # type: ignore[attr-defined]
        started.append(handle)
        handle.wait_until_ready(lambda: True)
        return handle

    yield start
    for handle in started:
        handle.stop()
        assert not members(handle.instructions.token + ":")


@pytest.mark.parametrize(
    "readiness",
    [
        Readiness(),
        Readiness(kind="http", url="http://{host}:{port}/health"),
        Readiness(kind="log", line="listening on [0-9]+"),
        Readiness(kind="command", command=ANSWERS),
    ],
    ids=lambda readiness: readiness.kind,
)
def test_each_kind_of_readiness_waits_until_it_is_ready(start: Any, readiness: Readiness) -> None:
    handle = start(readiness=readiness, environment={"SLOW": "0.5", "STOPPED": "x"})
    assert handle.ready_seconds >= 0.5
    assert handle.pid in members(handle.instructions.token + ":")


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"command": "{python} -c 'exit(3)'"}, "ended with exit status 3 before it was ready"),
        ({"command": "{python} -c pass"}, "ended with exit status 0 before it was ready"),
        ({"command": "{python} -c 'import os; os.abort()'"}, "was killed by SIGABRT before it was ready"),
        ({"command": "no-such-program"}, "can't be started: No such file or directory: no-such-program"),
        (
            {"start_timeout_seconds": 0.3, "readiness": Readiness(kind="log", line="never")},
            "no line that matches 'never'",
        ),
        (
            {"start_timeout_seconds": 0.3, "environment": {"SLOW": "9"}},
            "was not ready within 0.3 s (no connection to port ",
        ),
    ],
    ids=["fails", "ends", "is killed", "is missing", "never says it", "never listens"],
)
def test_each_way_not_to_start(start: Any, keys: dict[str, Any], reason: str) -> None:
    with pytest.raises(ServiceDownError) as caught:
        start(**keys)
    assert reason in caught.value.reason


def test_the_end_of_the_log_goes_with_the_reason(start: Any) -> None:
    with pytest.raises(ServiceDownError) as caught:
        start(command="{python} -c 'for n in range(99): print(n)\nexit(1)'")
    assert caught.value.log.splitlines()[-2:] == ["97", "98"] and len(caught.value.log.splitlines()) == 30


def test_it_is_stopped_in_order(project: Any, start: Any) -> None:
    start().stop()
    assert project.stops == 1


def test_it_is_stopped_by_its_own_signal_and_killed_after_its_grace(start: Any, project: Any) -> None:
    project.write(
        "deaf.py",
        """
import signal, socket, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    server.accept()
""",
    )
    handle = start(command="{python} deaf.py {port}", stop_signal="SIGINT", stop_grace_seconds=0.5)
    began = time.monotonic()
    handle.stop()
    assert time.monotonic() - began > 0.5


def test_its_children_end_with_it(start: Any, project: Any) -> None:
    project.write(
        "parent.py",
        """
import os, subprocess, sys
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)  # child"], start_new_session=True)
os.execv(sys.executable, [sys.executable, "server.py", sys.argv[1]])
""",
    )
    handle = start(command="{python} parent.py {port}")
    assert project.wait_for(lambda: len(members(handle.instructions.token + ":")) == 4)
    handle.stop()
    assert not members(handle.instructions.token + ":")


@pytest.mark.parametrize("who", ["service", "keeper"])
def test_a_death_is_told_at_once(start: Any, project: Any, who: str) -> None:
    handle = start()
    os.kill(handle.pid if who == "service" else Process(handle.pid).ppid(), signal.SIGKILL)
    assert project.wait_for(lambda: handle.deaths, 10)
    said = {"service": "was killed by SIGKILL", "keeper": "lost its keeper"}[who]
    assert handle.deaths[0].reason == said
    assert project.wait_for(lambda: not members(handle.instructions.token + ":"))


def test_a_keeper_that_is_asked_to_end_says_so_before_it_stops_the_service(start: Any, project: Any) -> None:
    """What its tests say from then on is of no use."""
    handle = start()
    os.kill(handle.keeper_pid, signal.SIGTERM)
    assert project.wait_for(lambda: handle.deaths, 10)
    assert handle.deaths[0].reason == "was stopped, as its keeper was asked to end"
    assert project.wait_for(lambda: not members(handle.instructions.token + ":")) and project.stops == 1


def test_a_keeper_without_a_process_for_the_outer_one_is_alone(
    start: Any, project: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os\nfork = os.fork\ndef none():\n    os.fork = fork\n    raise BlockingIOError(11, 'none left')\nos.fork = none\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    handle = start()
    assert Process(handle.pid).ppid() == handle.keeper_pid
    handle.stop()
    assert project.stops == 1


def test_the_outer_keeper_alone_is_not_missed(start: Any, project: Any) -> None:
    handle = start()
    os.kill(handle.keeper_pid, signal.SIGKILL)
    time.sleep(0.2)
    assert not handle.deaths and Process(handle.pid).is_running()
    handle.stop()
    assert project.stops == 1, "it was stopped in order"


def test_a_place_with_blanks_is_one_word(project: Any, start: Any) -> None:
    project.write("a b.py", "import runpy, sys\nrunpy.run_path('server.py', run_name='__main__')\n")
    start(command="{python} '{root}/a b.py' {port}")
    assert sys.executable

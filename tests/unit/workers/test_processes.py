"""Sweeping: what carries a session's token ends, wherever it went; nothing else does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from lamina.workers.processes import TOKEN_VARIABLE, carries, members, signal_name, sweep, token_of

# Starts a child in a session of its own and ends, so that the child is nobody's; both ignore what can be ignored.
ORPHAN = """
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork():
    os._exit(0)
os.setsid()
open(sys.argv[1], "w").write(str(os.getpid()))
time.sleep(600)
"""
# Forks again and again: a sweep that looks once would miss the last ones.
FORKING = """
import os, sys, time
open(sys.argv[1], "w").close()
while True:
    if os.fork() == 0:
        time.sleep(600)
    time.sleep(0.002)
"""


@pytest.fixture
def token() -> Iterator[str]:
    name = f"test/{uuid.uuid4().hex}"
    yield name
    for pid in members(name):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def start(token: str, program: str, *arguments: str) -> subprocess.Popen[bytes]:
    environment = {**os.environ, TOKEN_VARIABLE: token}
    return subprocess.Popen([sys.executable, "-c", program, *arguments], env=environment)


def await_file(path: Path, text: bool = False) -> str:
    deadline = time.monotonic() + 30
    while not path.exists() or (text and not path.read_text()):
        assert time.monotonic() < deadline, "the process never began"
        time.sleep(0.01)
    return path.read_text()


def is_running(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    return False


def test_an_orphan_in_a_session_of_its_own_is_found_and_ended(token: str, tmp_path: Path) -> None:
    start(token, ORPHAN, str(tmp_path / "pid")).wait()
    pid = int(await_file(tmp_path / "pid", text=True))
    assert members(token) == [pid]
    assert sweep(token) == [pid]
    assert not is_running(pid)
    assert members(token) == []


def test_processes_that_fork_while_they_are_killed(token: str, tmp_path: Path) -> None:
    process = start(token, FORKING, str(tmp_path / "began"))
    await_file(tmp_path / "began")
    time.sleep(0.1)
    assert process.pid in sweep(token, patience=20)
    process.wait()
    assert members(token) == []


def test_others_are_left_alone(token: str, tmp_path: Path) -> None:
    longer = start(f"{token}x", ORPHAN, str(tmp_path / "pid"))
    longer.wait()
    pid = int(await_file(tmp_path / "pid", text=True))
    assert sweep(token) == [], "its name only begins alike"
    assert is_running(pid)
    assert sweep(f"{token}x", spare=frozenset([pid])) == []
    assert is_running(pid)
    assert sweep(f"{token}x") == [pid]


def test_one_whose_program_is_only_being_loaded_is_found(token: str) -> None:
    """Some in a hundred of these have no environment yet when they are asked: none may get away."""
    environment = {**os.environ, TOKEN_VARIABLE: token}
    for _ in range(500):
        with subprocess.Popen(["sleep", "600"], env=environment) as started:
            found = carries(started.pid, token)
            started.kill()
        assert found


def test_a_zombie_is_not_waited_for(token: str) -> None:
    process = start(token, "pass")
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    began = time.monotonic()
    assert sweep(token, patience=30) == []
    assert time.monotonic() - began < 10
    process.wait()


def test_the_caller_is_never_among_them(token: str) -> None:
    """A session's guardian carries the token itself."""
    program = f"from lamina.workers.processes import sweep; print(sweep({token!r}))"
    environment = {**os.environ, TOKEN_VARIABLE: token}
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_session_within_a_session_carries_both_tokens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(TOKEN_VARIABLE, raising=False)
    outer = token_of("run", "unit")
    monkeypatch.setenv(TOKEN_VARIABLE, outer)
    inner = token_of("run2", "api")
    assert inner.startswith(outer) and inner != outer


@pytest.mark.parametrize(("number", "name"), [(11, "SIGSEGV"), (9, "SIGKILL"), (40, "signal 40")])
def test_names_of_signals(number: int, name: str) -> None:
    assert signal_name(number) == name

"""The key t, on a terminal that is the run's own: what a shell would see of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from pseudo_terminal import PseudoTerminal, lines_left, pseudo_terminal

# What a shell does with a job: gives it the terminal, takes it back when it stops or ends, and looks at how it is left.
SHELL = """\
import fcntl, os, pathlib, signal, sys, termios, time

def look(what):
    pathlib.Path(what).write_text(str(termios.tcgetattr(0)[3] & (termios.ECHO | termios.ICANON)))

os.setsid()
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
look("before")
pid = os.fork()
if not pid:
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.setpgid(0, 0)
    while os.tcgetpgrp(0) != os.getpid():
        time.sleep(0.01)
    os.execv(sys.argv[1], sys.argv[1:])
try:
    os.setpgid(pid, pid)
except PermissionError:
    pass
os.tcsetpgrp(0, pid)
while True:
    _, status = os.waitpid(pid, os.WUNTRACED)
    os.tcsetpgrp(0, os.getpid())
    if not os.WIFSTOPPED(status):
        break
    look("stopped")
    while not os.path.exists("resume"):
        time.sleep(0.01)
    os.tcsetpgrp(0, pid)
    os.kill(pid, signal.SIGCONT)
look("ended")
sys.exit(os.waitstatus_to_exitcode(status))
"""
TESTS = """\
import pathlib, time

def test_waits():
    while not pathlib.Path("go").exists():
        pathlib.Path("waiting").touch()
        time.sleep(0.02)
"""
FOREIGN = ("LAMINA_", "PYTEST_", "COV_", "DOIT_", "FORCE_COLOR", "NO_COLOR", "PY_COLORS", "COLUMNS", "LINES")


class Job:
    def __init__(self, folder: Path, pseudo: PseudoTerminal) -> None:
        self.folder = folder
        self.pseudo = pseudo
        self.process = subprocess.Popen(
            [sys.executable, "-c", SHELL, sys.executable, "-m", "lamina", "-s", "api"],
            cwd=folder,
            env={**{k: v for k, v in os.environ.items() if not k.startswith(FOREIGN)}, "TERM": "xterm"},
            stdin=pseudo.slave, stdout=pseudo.slave, stderr=pseudo.slave,
        )  # fmt: skip

    def until(self, condition: Callable[[], object]) -> None:
        deadline = time.monotonic() + 60
        while not condition():
            assert self.process.poll() is None and time.monotonic() < deadline, self.pseudo.output
            time.sleep(0.02)

    def flags(self) -> int:
        return int(termios.tcgetattr(self.pseudo.slave)[3]) & (termios.ECHO | termios.ICANON)

    def saw(self, when: str) -> int:
        return int((self.folder / when).read_text())


@contextmanager
def started(folder: Path) -> Iterator[Job]:
    (folder / "tests/api").mkdir(parents=True)
    (folder / "tests/api/test_a.py").write_text(TESTS)
    (folder / "pytest.ini").write_text("[pytest]\n")
    with pseudo_terminal() as pseudo:
        job = Job(folder, pseudo)
        job.until(lambda: (folder / "waiting").exists() and not job.flags())
        try:
            yield job
        finally:
            (folder / "go").touch()
            (folder / "resume").touch()
            job.process.wait(timeout=60)


def test_t_prints_what_the_run_does_and_other_keys_nothing(tmp_path: Path) -> None:
    with started(tmp_path) as job:
        time.sleep(0.5)
        job.pseudo.press(b"x")
        job.pseudo.press(b"t")
        job.until(lambda: " in use, " in job.pseudo.output)
        (tmp_path / "go").touch()
        assert job.process.wait(timeout=60) == 0
        assert job.saw("ended") == job.saw("before") != 0
        left = lines_left(job.pseudo.finish())
    text = "\n".join(left)
    assert "0 of 1 test so far" in text
    assert re.search(r"^  gw\d .* tests/api/test_a.py::test_waits$", text, re.MULTILINE), text
    assert "━" not in text
    assert not any(line.startswith(("x", "t")) for line in left)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_leaves_the_terminal_as_it_was(tmp_path: Path, times: int) -> None:
    with started(tmp_path) as job:
        for _ in range(times):
            job.pseudo.press(b"\x03")
        assert job.process.wait(timeout=60) == 130
        assert job.saw("ended") == job.saw("before") != 0


def test_ctrl_z_gives_the_terminal_back_until_it_goes_on(tmp_path: Path) -> None:
    with started(tmp_path) as job:
        job.pseudo.press(b"\x1a")
        job.until(lambda: (tmp_path / "stopped").exists() and (tmp_path / "stopped").read_text())
        assert job.saw("stopped") == job.saw("before") != 0
        (tmp_path / "resume").touch()
        job.until(lambda: not job.flags())
        job.pseudo.press(b"t")
        job.until(lambda: " in use, " in job.pseudo.output)
        (tmp_path / "go").touch()
        assert job.process.wait(timeout=60) == 0
        assert job.saw("ended") == job.saw("before")

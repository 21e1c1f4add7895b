"""Runs in the background: real processes, a real terminal that goes away."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pseudo_terminal import pseudo_terminal

HELD = """\
import pathlib, time
import pytest

@pytest.fixture(scope="module", autouse=True)
def in_order():
    pass

@pytest.mark.parametrize("number", range(4))
def test_held(number):
    assert number != 1
    if number == 3:
        while not pathlib.Path({gate!r}).exists():
            time.sleep(0.05)
"""


def until(condition: Callable[[], Any], says: Callable[[], Any] = str, seconds: float = 60) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, f"it never came: {says()}"
        time.sleep(0.05)
    return found


class Held:
    """A project whose e2e tests wait for a gate."""

    def __init__(self, project: Any, gate: Path) -> None:
        self.project = project
        self.gate = gate
        project.write("pytest.ini", "[pytest]\naddopts = -p no:randomly\n")
        project.write("tests/e2e/test_held.py", HELD.format(gate=str(gate)))

    @property
    def state(self) -> dict[str, Any]:
        path = self.project.root / ".lamina/background/state.json"
        return json.loads(path.read_text()) if path.exists() else {}

    def start(self, *words: str) -> int:
        out, _ = self.project.doit("-s", "-n", "2", "background=true", *(words or ("e2e",)))
        found = re.search(r"^started in the background: \S+ \(process (\d+)\)\n", out)
        assert found, out
        return int(found[1])

    def until_held(self) -> None:
        """Until three of four tests are through and the last one waits."""

        def is_held() -> bool:
            categories = self.state.get("progress", {}).get("categories", ())
            return any(
                one["name"] == "e2e" and one["done"] == 3 and "test_held[3]" in str(one["running"])
                for one in categories
            )

        until(is_held, lambda: self.state)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def held(project: Any, tmp_path: Path) -> Iterator[Held]:
    held = Held(project, tmp_path / "gate")
    yield held
    held.gate.touch()
    with contextlib.suppress(ProcessLookupError, KeyError):
        if not held.state.get("ended"):
            os.killpg(held.state["pid"], signal.SIGKILL)


def test_its_progress_can_be_seen_and_its_end_waited_for(held: Held) -> None:
    pid = held.start()
    held.until_held()
    out, _ = held.project.doit("status")
    assert out.startswith(f"background run of e2e: process {pid}, since 20")
    assert re.search(r"^  e2e  running +3 of 4 tests  1 failed  ", out, re.MULTILINE), out
    assert "1 failure:\n  tests/e2e/test_held.py::test_held[1]\n" in out
    assert re.search(
        r"^running now:\n  gw\d +\S+ (m?s|min .*)  tests/e2e/test_held.py::test_held\[3\]\n", out, re.MULTILINE
    ), out
    waiting = held.project.start("status", "--wait")
    time.sleep(0.5)
    assert waiting.poll() is None
    held.gate.touch()
    out, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 1, out + err
    assert "ended" in out and "FAILED  1 failed, 3 passed" in out
    assert held.project.results()["run"]["command"].endswith("background=true e2e")
    assert held.project.results()["run"]["id"] == held.state["id"]
    # Who comes late hears the same.
    held.project.doit("status", "--wait", status=1)


def test_the_next_run_says_once_how_it_ended(held: Held) -> None:
    held.gate.touch()
    held.start()
    held.project.doit("status", "--wait", status=1)
    out, _ = held.project.doit("unit")
    first = out.splitlines()[0]
    assert re.fullmatch(
        r"background run of e2e ended .* ago: FAILED  1 failed, 3 passed · took .* · reports/runs/\S+/index.html", first
    )
    assert (held.project.root / first.rpartition(" ")[2]).exists()
    out, _ = held.project.doit("unit")
    assert "background" not in out


def test_there_is_one_at_a_time(held: Held) -> None:
    pid = held.start()
    held.until_held()
    out, err = held.project.doit("background=true", "unit", status=3)
    assert not out
    assert re.match(
        rf"ERROR: a background run goes on in this checkout: process {pid}, since 20.* UTC \(.*\), with e2e; there can",
        err,
    ), err
    assert not (held.project.root / "reports").exists(), "what was refused has no report"
    # In the foreground there may be any number.
    held.project.doit("background=false", "unit")
    assert held.project.outcomes()["unit"] == "passed"


def test_ctrl_c_of_waiting_leaves_it_alone(held: Held) -> None:
    pid = held.start()
    held.until_held()
    waiting = held.project.start("status", "--wait")
    assert waiting.stdout.readline()  # it waits from now on
    time.sleep(0.5)
    waiting.send_signal(signal.SIGINT)
    _, err = waiting.communicate(timeout=30)
    assert waiting.returncode == 130
    assert err.strip() == "lamina: the background run goes on"
    assert is_alive(pid)


def test_stop_ends_it_with_reports(held: Held) -> None:
    pid = held.start()
    held.until_held()
    out, _ = held.project.doit("stop")
    assert re.match(
        r"background run of e2e ended .* ago: INTERRUPTED  1 failed, 2 passed, 1 not run · took .* · \S+", out
    ), out
    assert not is_alive(pid)
    run = held.project.results()["run"]
    assert run["interrupted"] and run["id"] == held.state["id"]
    out, _ = held.project.doit("stop", status=1)
    assert out.startswith("nothing to stop: no background run goes on; the last one: background run of e2e ended")
    assert held.project.doit("status", "--wait", status=130)


def test_nothing_to_stop_or_to_show(project: Any) -> None:
    assert project.doit("stop", status=1)[0] == "nothing to stop: no background run goes on\n"
    assert project.doit("status")[0] == "no background run goes on, and there is none on record\n"
    project.doit("status", "--wait", status=3)
    assert "takes no names (found unit)" in project.doit("stop", "unit", status=3)[1]


def test_a_killed_one_is_not_taken_for_a_run(held: Held) -> None:
    pid = held.start()
    held.until_held()
    os.kill(pid, signal.SIGKILL)
    until(lambda: not is_alive(pid))
    # Somebody else has its process id now, as far as the file can tell.
    path = held.project.root / ".lamina/background/state.json"
    path.write_text(json.dumps({**held.state, "pid": os.getpid()}))
    assert "was killed before it could end" in held.project.doit("status")[0]
    held.project.doit("status", "--wait", status=2)
    assert held.project.doit("stop", status=1)[0].startswith("nothing to stop")
    out, _ = held.project.doit("unit")
    assert out.startswith("background run of e2e") and "was killed" in out.splitlines()[0]
    held.gate.touch()
    held.start()
    held.project.doit("status", "--wait", status=1)


def test_it_survives_its_terminal(held: Held) -> None:
    with pseudo_terminal() as terminal:
        shell = subprocess.Popen(
            [*held.project.command("-s", "e2e")],
            cwd=held.project.root,
            env={name: value for name, value in held.project.environment.items() if name != "CI"},
            stdin=terminal.slave, stdout=terminal.slave, stderr=terminal.slave,
            start_new_session=True,
        )  # fmt: skip
        assert shell.wait(timeout=60) == 0
        output = terminal.finish()
    # The layer's mode sends it there, since a person was looking.
    pid = int(re.search(r"started in the background: e2e \(process (\d+)\)", output)[1])  # type: ignore[index]
    held.until_held()
    assert is_alive(pid)
    assert os.getsid(pid) == pid, "no signal of the terminal reaches it"
    assert {os.readlink(f"/proc/{pid}/fd/{number}").rpartition("/")[2] for number in (1, 2)} == {f"{pid}.log"}
    held.gate.touch()
    held.project.doit("status", "--wait", status=1)
    assert "e2e: running 4 tests" in (held.project.root / f".lamina/background/{pid}.log").read_text()


@pytest.mark.parametrize(("word", "ci"), [("background=false", ""), ("", "true")])
def test_the_foreground_can_be_had_on_a_terminal(held: Held, word: str, ci: str) -> None:
    held.gate.touch()
    with pseudo_terminal() as terminal:
        shell = subprocess.Popen(
            held.project.command("-s", "e2e", *filter(None, [word])),
            cwd=held.project.root,
            env={**held.project.environment, "CI": ci},
            stdin=terminal.slave, stdout=terminal.slave, stderr=terminal.slave,
        )  # fmt: skip
        assert shell.wait(timeout=60) == 1
        terminal.finish()
    assert not held.state


def test_without_a_terminal_the_end_of_the_command_is_the_end_of_the_tests(held: Held) -> None:
    held.gate.touch()
    held.project.doit("-s", "e2e", status=1)
    assert not held.state
    assert held.project.outcomes() == {"e2e": "failed"}


def test_what_can_be_said(project: Any) -> None:
    err = project.doit("background=perhaps", "unit", status=3)[1]
    assert "background=perhaps: is neither yes nor no; allowed: background=true, background=false" in err

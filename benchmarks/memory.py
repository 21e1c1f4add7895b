"""Memory of the processes that hold a run together, with 100,000 tests, beyond what pytest's own collection takes."""

from __future__ import annotations

import os
import re
import subprocess
import time
from pathlib import Path

from measuring import Row, environment, forget, lamina, pytest
from projects import trivial

_TESTS = 100_000


def controller(folder: Path, repeats: int) -> list[Row]:
    """Peak memory of the doit process and of the session process, one run each (memory does not depend on the machine's load)."""
    del repeats
    project = trivial(folder / "many", 500, _TESTS // 500)
    collection = max(_peaks(pytest("-p", "no:xdist", "--collect-only", "-q"), project).values())
    small = trivial(folder / "few", 1, 1)
    forget(small)()
    idle = _peaks(lamina("-n", "2", "unit"), small)["controller"]
    forget(project)()
    peaks = _peaks(lamina("-n", "2", "unit"), project)
    beyond = (peaks["controller"] - idle + peaks["session"] - collection) / _TESTS
    megabytes = ", ".join(f"{name} {size / 1e6:.0f} MB" for name, size in peaks.items())
    print(
        f"    collection alone {collection / 1e6:.0f} MB, idle controller {idle / 1e6:.0f} MB; {megabytes}", flush=True
    )
    return [
        Row(
            "memory of controller and session, 100,000 tests",
            f"{beyond / 1024:.2f} KB a test",
            "≤ 1.5 KB",
            beyond <= 1.5 * 1024,
        )
    ]


def _peaks(command: list[str], folder: Path) -> dict[str, int]:
    """Peak bytes of the process itself (`controller`) and of the session below it, seen every 50 ms until it ends."""
    process = subprocess.Popen(
        command, cwd=folder, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    peaks: dict[int, int] = {}
    parents: dict[int, int] = {}
    while process.poll() is None:
        for pid, parent in _descendants(process.pid):
            parents[pid] = parent
            peaks[pid] = _peak(pid) or peaks.get(pid, 0)
        time.sleep(0.05)
    # doit process -> guardian -> session -> workers
    guardians = {pid for pid, parent in parents.items() if parent == process.pid}
    sessions = [peaks[pid] for pid, parent in parents.items() if parent in guardians]
    return {"controller": peaks[process.pid], "session": max(sessions, default=0)}


def _descendants(pid: int, parent: int = 0) -> list[tuple[int, int]]:
    found = [(pid, parent)]
    try:
        for task in os.listdir(f"/proc/{pid}/task"):
            for child in Path(f"/proc/{pid}/task/{task}/children").read_text().split():
                found.extend(_descendants(int(child), pid))
    except OSError:
        pass
    return found


def _peak(pid: int) -> int:
    try:
        match = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0
    return int(match[1]) * 1024 if match else 0

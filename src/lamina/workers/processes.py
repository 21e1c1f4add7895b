"""Ends processes for certain: whole groups, orphans, and what a test left behind.

Every process of a session carries the session's token in its environment (`LAMINA_SESSION`), so it can be found even after
its parents are gone and it has left their process group. It knows nothing of tests.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

__all__ = [
    "TOKEN_VARIABLE", "adopt_orphans", "carries", "die_with_parent", "end_descendants", "end_family", "family", "kill_group",
    "members", "signal_name", "sweep", "token_of",
]  # fmt: skip

TOKEN_VARIABLE = "LAMINA_SESSION"
# Seconds for which a program that is being loaded is waited for: its environment is in place some milliseconds later, where the
# machine isn't held up.
_BEGINNING = 5.0
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def token_of(run_id: str, category: str) -> str:
    """The token of a session, behind those of the sessions that this process itself runs in."""
    return f"{os.environ.get(TOKEN_VARIABLE, '')}:{run_id}/{category}"


def die_with_parent(parent: int) -> None:
    """Asks the kernel to kill this process when its parent, `parent`, ends (Linux; elsewhere the guardian must do)."""
    if sys.platform != "linux":
        return
    _libc().prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    # The parent may have ended before the call, and then no signal ever comes.
    if os.getppid() != parent:
        os._exit(1)


def adopt_orphans() -> None:
    """From now on what descends from this process and loses its parent becomes its child (Linux; elsewhere init's)."""
    if sys.platform == "linux":
        _libc().prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def kill_group(group: int, number: int) -> None:
    """Sends a signal to a process group that may be gone already."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def members(token: str) -> list[int]:
    """The processes that carry `token`, apart from the caller, wherever they were re-parented to."""
    return [pid for pid, environment in _environments() if token.encode() in environment]


def carries(pid: int, token: str) -> bool:
    """Whether this process carries `token`; where that can't be asked of one process: true."""
    if not Path("/proc/self/environ").exists():
        return True
    return f"{TOKEN_VARIABLE}={token}".encode() in _environment(str(pid)).split(b"\0")


def _environments() -> Iterable[tuple[int, bytes]]:
    own = os.getpid()
    if not Path("/proc/self/environ").exists():
        yield from _environments_without_proc(own)
        return
    mark = TOKEN_VARIABLE.encode() + b"="
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == own:
            continue
        for line in _environment(name).split(b"\0"):
            if line.startswith(mark):
                yield int(name), line + b":"
                break


def _environment(name: str) -> bytes:
    """The environment of the process `name`; nothing of one that may not be asked, has ended or belongs to the kernel."""
    deadline = time.monotonic() + _BEGINNING
    try:
        content = Path(f"/proc/{name}/environ").read_bytes()
        while not content and time.monotonic() < deadline:
            # Asked first: the environment may be put in place in between.
            begins = _begins(name)
            content = Path(f"/proc/{name}/environ").read_bytes()
            if not begins:
                break
            time.sleep(0.001)
        return content
    except OSError:
        return b""


def _begins(name: str) -> bool:
    """Whether a program is being loaded: it has memory, and no place for its environment yet (`vsize`, `env_end`: proc(5))."""
    fields = Path(f"/proc/{name}/stat").read_text(errors="replace").rpartition(")")[2].split()
    return fields[20] != "0" and fields[48] == "0"


def _environments_without_proc(own: int) -> Iterable[tuple[int, bytes]]:
    import psutil

    for process in psutil.process_iter():
        if process.pid == own:
            continue
        with suppress(psutil.Error, OSError):
            value = process.environ().get(TOKEN_VARIABLE)
            if value is not None:
                yield process.pid, value.encode() + b":"


def sweep(token: str, patience: float = 5.0, spare: frozenset[int] = frozenset()) -> list[int]:
    """Kills every process that carries `token` (except `spare`) until none is left or `patience` seconds are over.

    Returns the processes that had to be killed.
    """

    def found() -> list[int]:
        # The token ends in ":", so that a session is not taken for one whose name begins alike.
        return [pid for pid in members(token + ":") if pid not in spare]

    return _end_all(found, patience)


def end_family(pids: Iterable[int]) -> list[int]:
    """Kills these processes and all that descend from them; returns those that had to be killed."""
    known = set(pids)

    def found() -> list[int]:
        known.update(family(known))
        return list(known)

    return _end_all(found, 5.0) if known else []


def end_descendants() -> list[int]:
    """Kills all that descends from this process; returns what had to be killed."""
    own = os.getpid()
    return _end_all(lambda: [pid for pid in family([own]) if pid != own], 5.0)


def _end_all(found: Callable[[], list[int]], patience: float) -> list[int]:
    """Kills all that `found` finds until that is nothing, or `patience` seconds are over; returns what had to be killed."""
    killed: list[int] = []
    deadline = time.monotonic() + patience
    while True:
        alive = _standing_still(found, deadline)
        if not alive or time.monotonic() > deadline:
            return killed
        for pid in alive:
            if _signalled(pid, signal.SIGKILL) and pid not in killed:
                killed.append(pid)
        time.sleep(0.01)


def _standing_still(found: Callable[[], list[int]], deadline: float) -> list[int]:
    """What is found, all of it stopped: of processes that fork without end, new ones come faster than any are killed."""
    stopped: set[int] = set()
    while True:
        alive = [pid for pid in found() if not _is_over(pid)]
        new = [pid for pid in alive if pid not in stopped]
        for pid in new:
            _signalled(pid, signal.SIGSTOP)
        stopped.update(new)
        if not new or time.monotonic() > deadline:
            return alive


def _signalled(pid: int, number: int) -> bool:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
        return True
    return False


def family(pids: Iterable[int]) -> set[int]:
    """These processes and all that descend from them, as long as nobody between them has ended."""
    children: dict[int, list[int]] = {}
    for pid, parent in _parents():
        children.setdefault(parent, []).append(pid)
    found: set[int] = set()
    waiting = list(pids)
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.add(pid)
            waiting.extend(children.get(pid, ()))
    return found


def _parents() -> Iterator[tuple[int, int]]:
    if not Path("/proc/self/stat").exists():
        import psutil

        yield from ((one.info["pid"], one.info["ppid"]) for one in psutil.process_iter(["pid", "ppid"]))
        return
    for name in os.listdir("/proc"):
        if name.isdigit():
            with suppress(OSError):
                text = Path(f"/proc/{name}/stat").read_text(errors="replace")
                yield int(name), int(text.rpartition(")")[2].split()[1])


def _is_over(pid: int) -> bool:
    """Whether a process has ended, reaped or not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return Path("/proc/self/stat").exists() or not _signalled(pid, 0)
    return status.rpartition(")")[2].split()[0] in "ZX"


def signal_name(number: int) -> str:
    """SIGSEGV for 11; "signal 40" for what has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

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
from collections.abc import Iterable
from contextlib import suppress
from functools import cache
from pathlib import Path

__all__ = ["TOKEN_VARIABLE", "die_with_parent", "kill_group", "members", "signal_name", "sweep", "token_of"]

TOKEN_VARIABLE = "LAMINA_SESSION"
_PR_SET_PDEATHSIG = 1


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


def _environments() -> Iterable[tuple[int, bytes]]:
    own = os.getpid()
    if not Path("/proc/self/environ").exists():
        yield from _environments_without_proc(own)
        return
    mark = TOKEN_VARIABLE.encode() + b"="
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == own:
            continue
        try:
            content = Path(f"/proc/{name}/environ").read_bytes()
        except OSError:
            continue
        for line in content.split(b"\0"):
            if line.startswith(mark):
                yield int(name), line + b":"
                break


def _environments_without_proc(own: int) -> Iterable[tuple[int, bytes]]:
    import psutil

    for process in psutil.process_iter():
        if process.pid == own:
            continue
        with suppress(psutil.Error, OSError):
            value = process.environ().get(TOKEN_VARIABLE)
            if value is not None:
                yield process.pid, value.encode() + b":"


def sweep(token: str, patience: float = 2.0, spare: frozenset[int] = frozenset()) -> list[int]:
    """Kills every process that carries `token` (except `spare`) until none is left or `patience` seconds are over.

    Returns the processes that had to be killed. Repeats, because a process may fork while others are killed.
    """
    killed: list[int] = []
    deadline = time.monotonic() + patience
    while True:
        # The token ends in ":", so that a session is not taken for one whose name begins alike.
        found = [pid for pid in members(token + ":") if pid not in spare]
        alive = [pid for pid in found if not _is_zombie(pid)]
        if not alive or time.monotonic() > deadline:
            return killed
        for pid in alive:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)
                if pid not in killed:
                    killed.append(pid)
        time.sleep(0.01)


def _is_zombie(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text(errors="replace")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] == "Z"


def signal_name(number: int) -> str:
    """SIGSEGV for 11; "signal 40" for what has no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"

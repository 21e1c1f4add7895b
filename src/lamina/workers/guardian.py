"""The guardian: a small process above each session that outlives whatever goes wrong.

It does two things: when the session ends, it passes its exit status on; when the engine ends first, killed without
a chance to clean up, it kills the session, its workers and all that tests started. It imports next to nothing and waits
in the kernel.
"""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable

from lamina.workers.processes import die_with_parent, kill_group, sweep

__all__ = ["death_of", "guard"]


def guard(life: int, token: str, session: Callable[[], int], temporary: str = "") -> int:
    """Runs `session` in a child process and returns its exit status (128 and the number of a signal that it died of); ends it
    when the pipe `life` is closed.

    `life` is the read end of a pipe whose write end only the engine holds; `temporary` the session's folder for temporary
    files, which the engine removes if it is still there.
    """
    guardian = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(life)
        os.setpgid(0, 0)
        die_with_parent(guardian)
        os._exit(_status_of(session))
    # A signal to the guardian is meant for the session; a Ctrl-C never is, as it has a terminal session of its own.
    signal.signal(signal.SIGTERM, lambda *_: kill_group(pid, signal.SIGTERM))
    status, is_alone = _wait(pid, life, token)
    sweep(token)
    # Killed together, the session may have been the first to be seen.
    if temporary and (is_alone or select.select([life], [], [], 0)[0]):
        import shutil

        shutil.rmtree(temporary, ignore_errors=True)
    return status if status >= 0 else 128 - status


def _status_of(session: Callable[[], int]) -> int:
    try:
        return session()
    except SystemExit as error:
        return error.code if isinstance(error.code, int) else 1
    except BaseException:
        import traceback

        traceback.print_exc()
        return 70  # EX_SOFTWARE: a fault of lamina's own


def _wait(pid: int, life: int, token: str) -> tuple[int, bool]:
    """The session's exit status, and whether the engine ended before it."""
    with death_of(pid) as death:
        poll = select.poll()
        poll.register(life, select.POLLIN | select.POLLHUP)
        poll.register(death.fileno, select.POLLIN | select.POLLHUP)
        while True:
            ready = {descriptor for descriptor, _ in poll.poll()}
            if life in ready:
                kill_group(pid, signal.SIGKILL)
                sweep(token)
            if death.fileno in ready or life in ready:
                return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), life in ready


class death_of:  # noqa: N801
    """A descriptor that becomes readable when the process ends: a pidfd, or a pipe from SIGCHLD where there are none."""

    def __init__(self, pid: int) -> None:
        if hasattr(os, "pidfd_open"):
            self.fileno = os.pidfd_open(pid)
            self._others: list[int] = []
        else:
            self.fileno, write = os.pipe()
            os.set_blocking(write, False)
            signal.signal(signal.SIGCHLD, lambda *_: None)
            signal.set_wakeup_fd(write)
            self._others = [write]

    def __enter__(self) -> death_of:
        return self

    def __exit__(self, *_: object) -> None:
        for descriptor in (self.fileno, *self._others):
            os.close(descriptor)

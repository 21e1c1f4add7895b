"""A worker's view of the child that runs a test for it: its beginning, the frame that it writes, and its end."""

from __future__ import annotations

import os
import select
import signal
import time
from contextlib import suppress

from lamina.workers.frames import is_whole

__all__ = ["forked", "received", "waited"]

_CHUNK = 1 << 18
# How long a test waits for a process of its own when there is none left.
_FORK_SECONDS = 10.0


def forked() -> int:
    """A fork. While the machine has no process left it is tried again: that is no fault of the test whose turn it is."""
    deadline = time.monotonic() + _FORK_SECONDS
    while True:
        try:
            return os.fork()
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)


def received(pid: int, read: int) -> bytes:
    """A whole frame, or nothing if the child died before; what it left running may keep the pipe open."""
    try:
        death = os.pidfd_open(pid)
    except (AttributeError, OSError):
        death = -1
    data = bytearray()
    poll = select.poll()
    poll.register(read, select.POLLIN | select.POLLHUP)
    if death >= 0:
        poll.register(death, select.POLLIN)
    os.set_blocking(read, False)
    try:
        while not is_whole(data):
            ready = {descriptor for descriptor, _ in poll.poll()}
            if not _drained(read, data) or death in ready:
                break
    finally:
        if death >= 0:
            os.close(death)
    return bytes(data) if is_whole(data) else b""


def _drained(read: int, data: bytearray) -> bool:
    """Takes all that there is; whether there may be more."""
    with suppress(BlockingIOError):
        while chunk := os.read(read, _CHUNK):
            data += chunk
        return False
    return True


def waited(pid: int) -> int:
    """The child's exit status (negative: the signal it died of), however often the wait is interrupted by one: with the worker
    its children are asked to end, and what does not is killed."""
    interrupted: BaseException | None = None
    while True:
        try:
            status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
            break
        except KeyboardInterrupt as error:
            interrupted = error
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
    if interrupted is not None:
        raise interrupted
    return status

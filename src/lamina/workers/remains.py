"""Threads, child processes and open sockets that a test leaves behind.

Whether there is anything new is asked in a few microseconds: a list of threads, whether there are children at all, how many
descriptors are open. Only then somebody looks closer.
"""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress

# By value, and from below `os`: a test may replace them, and what is looked at here is no dependency of the test.
from posix import listdir, readlink, stat
from typing import Any, NamedTuple

__all__ = ["Remains"]

_DESCRIPTORS = "/proc/self/fd"
_TASKS = "/proc/self/task"
# How long a thread that was told to end may take for it.
_GRACE_SECONDS = 0.005
# Python starts these for itself once, to last for the process.
_LASTING = ("multiprocessing.resource_tracker", "multiprocessing.forkserver")
_WORDS_SHOWN = 80


class _Seen(NamedTuple):
    threads: list[threading.Thread]
    children: set[int]
    number: int
    sockets: set[str]


class Remains:
    """What is there when a test begins counts as known; `new` tells what has come since, once."""

    def __init__(self) -> None:
        self._threads: list[threading.Thread] = []
        self._children: set[int] = set()
        self._sockets: set[str] = set()
        self._open = -1
        self._tells_number = _number_of_descriptors() >= 0
        self.all_is_known()

    def all_is_known(self) -> None:
        """All that there is now."""
        self._children = _children() if _has_children() else set()
        self.test_begins()

    def test_begins(self) -> None:
        """Likewise, but for children: between two tests none are started."""
        self._threads = threading.enumerate()
        if self._tells_number:
            number = _number_of_descriptors()
            if number != self._open:
                self._open = number
                self._sockets = set(_sockets())

    def descriptors_are_known(self) -> None:
        """Those that there are now; none of a socket has come."""
        if self._tells_number:
            self._open = _number_of_descriptors()

    def begin(self) -> _Seen:
        """From now on somebody else is at work than the test; see `accept`."""
        number = _number_of_descriptors() if self._tells_number else -1
        sockets = self._sockets if number == self._open else set(_sockets())
        return _Seen(threading.enumerate(), _children() if _has_children() else set(), number, sockets)

    def accept(self, seen: _Seen) -> None:
        """Until here: what has come since `begin` is known."""
        self._threads += [thread for thread in threading.enumerate() if thread not in seen.threads]
        if _has_children():
            self._children |= _children() - seen.children
        number = _number_of_descriptors() if self._tells_number else -1
        if number != seen.number:
            self._open += number - seen.number
            self._sockets |= set(_sockets()) - seen.sockets

    def new(self) -> list[str]:
        """What is there that is not known, a phrase for each."""
        found: list[str] = []
        threads = threading.enumerate()
        if not all(thread in self._threads for thread in threads):
            found += self._new_threads(threads)
        if _has_children():
            found += self._new_children()
        else:
            self._children.clear()
        if self._tells_number:
            number = _number_of_descriptors()
            if number != self._open:
                found += self._new_sockets(number)
        return found

    def _new_threads(self, threads: list[threading.Thread]) -> list[str]:
        deadline = time.monotonic() + _GRACE_SECONDS
        left = []
        for thread in threads:
            if thread not in self._threads:
                if thread is not threading.current_thread():
                    with suppress(RuntimeError):
                        thread.join(max(0.0, deadline - time.monotonic()))
                if thread.is_alive():
                    left.append(f"thread: {thread.name}{' (daemon)' if thread.daemon else ''}")
        self._threads = threading.enumerate()
        return left

    def _new_children(self) -> list[str]:
        children = _children()
        fresh = children - self._children
        self._children = children
        return [told for pid in sorted(fresh) if (told := _tell_child(pid))]

    def _new_sockets(self, number: int) -> list[str]:
        sockets = _sockets()
        fresh = [name for name in sockets if name not in self._sockets]
        self._open, self._sockets = number, set(sockets)
        return [_tell_socket(sockets[name]) for name in fresh]


def _has_children() -> bool:
    """Whether the process has children, those included that ended and were not waited for."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except ChildProcessError:
        return False
    except AttributeError:  # not on every system
        return False
    return True


def _children() -> set[int]:
    """Their process ids. Linux has a list for each thread that started some, if it was built so; else all processes have to
    be looked through."""
    found: set[int] = set()
    try:
        for task in listdir(_TASKS):
            with open(f"{_TASKS}/{task}/children", encoding="ascii") as file:
                found.update(map(int, file.read().split()))
    except (OSError, ValueError):
        import psutil

        with suppress(psutil.Error, OSError):
            found = {child.pid for child in psutil.Process().children()}
    return found


def _tell_child(pid: int) -> str:
    import psutil

    try:
        child = psutil.Process(pid)
        words = " ".join(child.cmdline())
        if child.status() == psutil.STATUS_ZOMBIE:
            return ""
    except (psutil.Error, OSError):
        return ""
    if any(name in words for name in _LASTING):
        return ""
    return f"process: {pid} {words[:_WORDS_SHOWN]}".rstrip()


def _number_of_descriptors() -> int:
    """How many are open; -1 where the system does not tell at once (Linux before 6.2, others)."""
    try:
        return stat(_DESCRIPTORS).st_size or -1
    except OSError:
        return -1


def _sockets() -> dict[str, int]:
    """Descriptors of sockets by the sockets' names."""
    found: dict[str, int] = {}
    for name in listdir(_DESCRIPTORS):
        with suppress(OSError):
            target = readlink(f"{_DESCRIPTORS}/{name}")
            if target.startswith("socket:"):
                found[target] = int(name)
    return found


def _tell_socket(descriptor: int) -> str:
    """Its address, and the other end's if it has one."""
    try:
        duplicate = socket.socket(fileno=os.dup(descriptor))
    except OSError:
        return f"socket: descriptor {descriptor}"
    with duplicate:
        own = _address(duplicate.getsockname)
        peer = _address(duplicate.getpeername)
        return f"socket: {own or duplicate.family.name}{f' to {peer}' if peer else ''}"


def _address(ask: Any) -> str:
    try:
        address = ask()
    except OSError:
        return ""
    return f"{address[0]}:{address[1]}" if isinstance(address, tuple) and len(address) >= 2 else str(address or "")

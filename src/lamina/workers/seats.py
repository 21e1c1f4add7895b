"""Seats: how many workers of all runs of a checkout are at work at once.

A worker takes a seat before its first test, and gives it up between two tests when a worker of another run waits for one: so
runs beside each other share the cores instead of using each of them twice. A seat is a byte of one file that a process holds a
record lock on; the kernel gives it up with the process, and no child that a test forks has it. There is no one to ask: all
that has to be known of others is what they have locked.

A run none of whose workers has a seat is not kept waiting for long: it books the next seat that comes free, and when that takes
too long (somebody's test of minutes is in it) begins without. The seat's holder leaves it after its test, nobody else may take
it, so from then on there are no more workers than seats again.
"""

from __future__ import annotations

import fcntl
import os
import time
import zlib
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from lamina.workers.protocol import Request

__all__ = ["SEAT", "Seat", "seat"]

# A run in the background gives way sooner than one that somebody waits for.
_TURN_SECONDS = {True: 0.25, False: 1.0}
_PATIENCE_SECONDS = 3.0
_POLL_SECONDS = 0.01
# Tests of microseconds don't ask each time.
_LOOK_SECONDS = 0.01
# What the bytes of the file stand for, from these on: seats, bookings of them, runs, and processes that wait, by run.
_BOOKED, _RUN, _WAITS = 100_000, 200_000, 1 << 33
_RUNS, _PROCESSES = 1000, 1 << 22


def seat(session: pytest.Session, request: Request) -> None:
    """Makes this process, a worker, one that takes part."""
    if request["seats"]:
        path = os.path.join(request["cache_dir"], "seats")
        session.config.stash[SEAT] = Seat(path, request["seats"], request["run_id"], request["background"])


class Seat:
    """A worker's own. `total` are all there are, `path` their file, which any run of the checkout finds there."""

    def __init__(self, path: str, total: int, run_id: str, is_background: bool) -> None:
        self._total = total
        self._run = zlib.crc32(run_id.encode()) % _RUNS
        self._turn = _TURN_SECONDS[is_background]
        self._taken = self._booked = -1
        self._since = self._looked = 0.0
        self._descriptor = -1
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
        except OSError:
            return  # who can't be counted works all the same

    def keep(self) -> None:
        """Between two tests: waits for a seat if there is none yet, and gives way if it is somebody else's turn."""
        if self._descriptor < 0:
            return
        try:
            self._keep()
        except OSError:
            self._descriptor = -1  # a test has closed it, or the file system has no locks

    def _keep(self) -> None:
        if self._taken >= 0:
            now = time.monotonic()
            if now - self._looked < _LOOK_SECONDS:
                return
            self._looked = now
            is_over = now - self._since >= self._turn
            if not (is_over and self._others_wait()) and not self._is_booked(self._taken):
                return
            self._unlock(self._taken)
            self._taken = -1
            self._unlock(_RUN + self._run)
            # Those who wait look again before this one does.
            time.sleep(2 * _POLL_SECONDS)
        elif self._booked >= 0 and (self._take_booked() or self._is_alone()):
            return
        self._wait()

    def _wait(self) -> None:
        here = _WAITS + self._run * _PROCESSES + os.getpid()
        self._lock(here)
        began = time.monotonic()
        try:
            while not self._take_any():
                if self._booked < 0 and self._is_alone():
                    self._book()
                elif self._booked >= 0 and time.monotonic() - began > _PATIENCE_SECONDS:
                    return
                time.sleep(_POLL_SECONDS)
        finally:
            self._unlock(here)

    def _take_any(self) -> bool:
        if self._booked >= 0:
            return self._take_booked()
        return any(self._take(number) for number in range(self._total))

    def _take(self, number: int) -> bool:
        if not self._try(number):
            return False
        if self._is_booked(number):
            self._unlock(number)
            return False
        self._taken, self._since = number, time.monotonic()
        self._try(_RUN + self._run, fcntl.LOCK_SH)
        return True

    def _take_booked(self) -> bool:
        """Takes the seat that is booked if it is free by now."""
        number = self._booked
        if not self._try(number):
            return False
        self._taken, self._since = number, time.monotonic()
        self._unlock(_BOOKED + number)
        self._booked = -1
        return True

    def _book(self) -> None:
        """Books a seat that no other run has booked; if there is none, where runs are more than seats, one besides."""
        for number in range(self._total):
            if self._try(_BOOKED + number):
                self._booked = number
                return
        self._booked = self._total + self._run

    def _is_alone(self) -> bool:
        """Whether no other worker of the run has a seat or a booking. If so, this one counts as the one that has."""
        byte = _RUN + self._run
        if self._try(byte):
            self._try(byte, fcntl.LOCK_SH)
            return True
        if self._booked >= 0:
            self._unlock(_BOOKED + self._booked)
            self._unlock(byte)
            self._booked = -1
        return False

    def _is_booked(self, number: int) -> bool:
        """Whether another process has booked the seat."""
        if not self._try(_BOOKED + number, fcntl.LOCK_SH):
            return True
        self._unlock(_BOOKED + number)
        return False

    def _others_wait(self) -> bool:
        """Whether a worker of another run waits."""
        own = _WAITS + self._run * _PROCESSES
        for begin, length in ((_WAITS, own - _WAITS), (own + _PROCESSES, 0)):
            if begin == own:  # no run before this one; a length of 0 would mean all behind
                continue
            if not self._try(begin, fcntl.LOCK_SH, length):
                return True
            fcntl.lockf(self._descriptor, fcntl.LOCK_UN, length, begin)
        return False

    def _lock(self, byte: int) -> None:
        fcntl.lockf(self._descriptor, fcntl.LOCK_EX, 1, byte)

    def _unlock(self, byte: int) -> None:
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, byte)

    def _try(self, byte: int, kind: int = fcntl.LOCK_EX, length: int = 1) -> bool:
        try:
            fcntl.lockf(self._descriptor, kind | fcntl.LOCK_NB, length, byte)
        except (BlockingIOError, PermissionError):
            return False
        return True


# In the config of a worker that needs one.
SEAT = pytest.StashKey[Seat]()

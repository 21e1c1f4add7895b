"""The key t while a run goes on at a terminal: a look into the run, as by SIGUSR1.

Keys come one by one and unseen only while something runs; the terminal is put back at every end, and while the process is
stopped (Ctrl-Z). Nothing is read unless the terminal is this process's to read from.
"""

from __future__ import annotations

import atexit
import os
import select
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

__all__ = ["Keys"]

_KEY = b"t"
_LOOK_SECONDS = 0.2


class Keys:
    """Of one run. `pressed` is called in a thread of its own."""

    def __init__(self, pressed: Callable[[], None]) -> None:
        self._pressed = pressed
        self._descriptor = -1
        self._before: list[Any] | None = None
        self._closed = False
        # Not re-entrant code but short: a signal handler may come at any moment of it, in this very thread.
        self._lock = threading.RLock()

    def prepare(self) -> None:
        """Makes ready for `listen`; from the main thread. Without a terminal of its own there is nothing to listen to."""
        with suppress(AttributeError, OSError, ValueError):
            descriptor = sys.stdin.fileno()
            if os.isatty(descriptor) and _is_ours(descriptor) and signal.getsignal(signal.SIGTSTP) == signal.SIG_DFL:
                self._descriptor = descriptor
                signal.signal(signal.SIGTSTP, self._stop)

    def listen(self) -> None:
        """From now on, until `close`."""
        with self._lock:
            if self._descriptor < 0 or self._closed or self._before is not None or not _is_ours(self._descriptor):
                return
            self._take()
        atexit.register(self.give_back)
        threading.Thread(target=self._read, name="lamina-keys", daemon=True).start()

    def give_back(self) -> None:
        """Makes the terminal what it was. Safe in a signal handler."""
        before, self._before = self._before, None
        if before is not None:
            with suppress(termios.error):
                _set(self._descriptor, before)

    def close(self) -> None:
        """Listens no more; from the main thread."""
        self._closed = True
        with self._lock:
            self.give_back()
            if self._descriptor >= 0:
                signal.signal(signal.SIGTSTP, signal.SIG_DFL)
                self._descriptor = -1
        atexit.unregister(self.give_back)

    def _take(self) -> None:
        with suppress(termios.error, OSError):
            before = termios.tcgetattr(self._descriptor)
            now = [*before[:6], list(before[6])]
            # Signals stay: Ctrl-C and Ctrl-Z are what they are.
            now[3] &= ~(termios.ICANON | termios.ECHO)
            now[6][termios.VMIN], now[6][termios.VTIME] = 1, 0
            self._before = before
            _set(self._descriptor, now)

    def _read(self) -> None:
        descriptor = self._descriptor
        while not self._closed:
            try:
                ready, _, _ = select.select([descriptor], [], [], _LOOK_SECONDS)
                if not ready or self._before is None or not _is_ours(descriptor):
                    time.sleep(_LOOK_SECONDS if ready else 0)
                    continue
                data = os.read(descriptor, 1024)
            except (OSError, ValueError):
                return
            if not data:
                return
            if _KEY in data:
                self._pressed()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        """Ctrl-Z: the shell gets its terminal as it was; the run gets it again when it goes on in the foreground."""
        had = self._before is not None
        self.give_back()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        # To this very thread, so that it has been dealt with when the call returns.
        signal.pthread_kill(threading.get_ident(), signal.SIGTSTP)
        if not self._closed:
            signal.signal(signal.SIGTSTP, self._stop)
        with suppress(OSError):
            if had and not self._closed and _is_ours(self._descriptor):
                self._take()


def _is_ours(descriptor: int) -> bool:
    return os.tcgetpgrp(descriptor) == os.getpgrp()


def _set(descriptor: int, attributes: list[Any]) -> None:
    """Sets a terminal's attributes, also from a process that is in the background by now, which would be stopped for it."""
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
    try:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, attributes)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)

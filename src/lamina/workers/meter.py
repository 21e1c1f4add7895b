"""Measures how much memory a test takes, in its worker, at a cost of some microseconds a test.

The kernel notes the most that a process ever had resident, and forgets it when asked to (`/proc/self/clear_refs`, proc(5)). So
before each test the mark is set to what is resident now, and after it the mark says how high it went. Nothing is sampled and
nothing walks through the process's memory. Where the mark can't be reset, a test's peak is only known when it is a new record.
"""

from __future__ import annotations

import os
import resource
import sys
from contextlib import suppress

__all__ = ["Meter"]

# ru_maxrss is in kilobytes on Linux and in bytes on macOS.
_UNIT = 1 if sys.platform == "darwin" else 1024
_FORGET_PEAK = b"5"


class Meter:
    """One a process, made in it. Sizes are in bytes.

    `peak` is the most that was resident while the last test ran, `growth` how much more that was than before it (its largest
    child process included), `resident` what is resident now. `is_fresh`: the process was forked a moment ago, so
    that the mark is where it should be; such a process can measure one test.
    """

    def __init__(self, is_fresh: bool = False) -> None:
        self._marks = -1
        if not is_fresh:
            with suppress(OSError):
                self._marks = os.open("/proc/self/clear_refs", os.O_WRONLY | os.O_CLOEXEC)
                os.pwrite(self._marks, _FORGET_PEAK, 0)
        self.peak = 0
        self.growth = 0
        self.first = self.resident = _most(resource.RUSAGE_SELF)
        self._children = _most(resource.RUSAGE_CHILDREN)

    def close(self) -> None:
        """Gives the descriptor back."""
        if self._marks >= 0:
            os.close(self._marks)

    def measure(self) -> None:
        """A test has ended; the next one begins now."""
        self.peak = _most(resource.RUSAGE_SELF)
        self.growth = max(0, self.peak - self.resident)
        children = _most(resource.RUSAGE_CHILDREN)
        if children > self._children:
            # The largest child so far: this test's.
            self.growth += children
            self._children = children
        if self._marks < 0:
            self.resident = self.peak
            return
        try:
            os.pwrite(self._marks, _FORGET_PEAK, 0)
        except OSError:  # a test has closed the descriptor
            self._marks = -1
        self.resident = _most(resource.RUSAGE_SELF)

    def measure_child(self) -> None:
        """A test has ended in a fork of its own, which has begun with all that is here. Its growth is known if it was the
        largest child so far."""
        children = _most(resource.RUSAGE_CHILDREN)
        self.growth = max(0, children - self.resident) if children > self._children else 0
        self._children = max(children, self._children)


def _most(who: int) -> int:
    return resource.getrusage(who).ru_maxrss * _UNIT

"""When this process began: a user waits from then on, not from when lamina has been imported."""

from __future__ import annotations

import os
import time

__all__ = ["process_start"]


def process_start() -> float:
    """Seconds since the epoch, to a hundredth; the present where the system does not say."""
    now = time.time()
    try:
        with open("/proc/self/stat", encoding="ascii", errors="replace") as file:
            # The second field is the program's name in brackets, and may hold spaces.
            fields = file.read().rpartition(")")[2].split()
        age = time.clock_gettime(time.CLOCK_BOOTTIME) - int(fields[19]) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return now
    return now - age if 0 <= age < 60 else now

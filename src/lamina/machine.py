"""What this process may use of the machine: cores and memory, as the kernel and control groups allow, and the load.

All sizes are in bytes. Files of the kernel are read where they are (Linux); elsewhere psutil answers. Control groups of
version 2 and 1 are both looked at, from the process's own up to the root: the tightest one counts.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

__all__ = ["Memory", "load", "memory", "memory_total", "usable_cores"]

_ROOT = Path("/sys/fs/cgroup")
# Version 1 writes a number near 2^63 for "no limit".
_NO_LIMIT = 1 << 60


class Memory(NamedTuple):
    """What there is and what is free, within the tightest limit."""

    total: int
    available: int


def usable_cores() -> int:
    """Cores that this process may use: those of its affinity, or the quota of its control group if that is less."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        cores = os.cpu_count() or 1
    quotas = [quota for folder in _groups("cpu") if (quota := _cpu_quota(folder))]
    return max(1, min([cores, *(round(quota) or 1 for quota in quotas)]))


def memory_total() -> int:
    """The memory that this process and its children may have."""
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([total, *(limit for _, limit in _memory_limits())])


def memory() -> Memory:
    """The memory now. Half a millisecond."""
    available = _machine_available()
    for folder, limit in _memory_limits():
        used = _number(folder / "memory.current") or _number(folder / "memory.usage_in_bytes")
        # What only caches files is given back when somebody needs it.
        available = min(available, limit - used + _reclaimable(folder))
    return Memory(memory_total(), max(0, available))


def load() -> float:
    """Processes that wanted to run at one time, on average of the last minute."""
    return os.getloadavg()[0]


def _machine_available() -> int:
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            for line in file:
                if line.startswith("MemAvailable:"):
                    return int(line.split()[1]) * 1024
    except OSError:
        pass
    import psutil

    return int(psutil.virtual_memory().available)


@cache
def _memory_limits() -> tuple[tuple[Path, int], ...]:
    found = []
    for folder in _groups("memory"):
        for name in ("memory.max", "memory.limit_in_bytes"):
            limit = _number(folder / name)
            if 0 < limit < _NO_LIMIT:
                found.append((folder, limit))
    return tuple(found)


def _cpu_quota(folder: Path) -> float:
    """Cores that a control group may use; 0: any number."""
    try:
        quota, period = (folder / "cpu.max").read_text(encoding="ascii").split()
        return 0.0 if quota == "max" else int(quota) / int(period)
    except (OSError, ValueError):
        quota_us, period_us = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
        return quota_us / period_us if quota_us > 0 and period_us > 0 else 0.0


def _groups(controller: str) -> Iterator[Path]:
    """The folders of the control groups that this process is in for `controller`, from its own up to the root."""
    try:
        lines = Path("/proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0" and not controllers:
            top = _ROOT
        elif controller in controllers.split(","):
            top = _ROOT / controller
        else:
            continue
        # In a container the path may be the host's, which is not there; the group itself then stands at the root.
        folder = top / path.lstrip("/")
        while folder != top:
            if folder.is_dir():
                yield folder
            folder = folder.parent
        yield top


def _reclaimable(folder: Path) -> int:
    try:
        for line in (folder / "memory.stat").read_text(encoding="ascii").splitlines():
            name, _, value = line.partition(" ")
            if name in ("inactive_file", "total_inactive_file"):
                return int(value)
    except (OSError, ValueError):
        pass
    return 0


def _number(path: Path) -> int:
    """The number in a file; 0 when there is none."""
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return 0

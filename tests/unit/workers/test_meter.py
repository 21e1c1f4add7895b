"""What a test takes is measured, whatever tests before it took."""

from __future__ import annotations

import mmap
import subprocess
import sys

import pytest

from lamina.workers.meter import Meter

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="peaks can be reset on Linux only")
MB = 1_000_000


def take(megabytes: int) -> mmap.mmap:
    # Of the kernel: what earlier tests have given back to the heap would be resident already.
    block = mmap.mmap(-1, megabytes * MB)
    for place in range(0, len(block), mmap.PAGESIZE):
        block[place] = 1
    return block


def test_each_test_has_its_own_peak() -> None:
    meter = Meter()
    take(150)
    meter.measure()
    assert 140 * MB < meter.growth < 200 * MB
    assert meter.peak > 150 * MB
    take(50)
    meter.measure()
    assert 40 * MB < meter.growth < 100 * MB
    meter.measure()
    assert meter.growth < 10 * MB
    meter.close()


def test_what_a_test_keeps_is_resident_and_no_growth_of_the_next_one() -> None:
    meter = Meter()
    before = meter.resident
    kept = take(100)
    meter.measure()
    assert meter.resident - before > 90 * MB
    meter.measure()
    assert meter.growth < 10 * MB
    del kept
    meter.close()


FORKED = """
import os
from lamina.workers.meter import Meter
kept = bytearray(100_000_000); kept[::4096] = b"x" * len(kept[::4096])
gone = bytearray(300_000_000); gone[::4096] = b"x" * len(gone[::4096])
del gone
if os.fork() == 0:
    meter = Meter(is_fresh=True)
    more = bytearray(50_000_000); more[::4096] = b"x" * len(more[::4096])
    meter.measure()
    print(meter.growth, flush=True)
    os._exit(0)
os.wait()
"""


def test_a_fork_begins_with_what_is_resident_whatever_was_before_it() -> None:
    growth = int(subprocess.check_output([sys.executable, "-c", FORKED], text=True))
    assert 45 * MB < growth < 70 * MB


CHILD = "b = bytearray(300_000_000); b[::4096] = b'x' * len(b[::4096])"
PARENT = f"""
import subprocess, sys
from lamina.workers.meter import Meter
meter = Meter()
subprocess.run([sys.executable, "-c", {CHILD!r}], check=True)
meter.measure()
print(meter.growth)
"""


def test_a_child_process_counts() -> None:
    # In a process of its own: only the largest child that a process ever had is known, and this one may have had a larger one.
    said = subprocess.run([sys.executable, "-c", PARENT], check=True, capture_output=True, text=True).stdout
    assert int(said) > 290 * MB

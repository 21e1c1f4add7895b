"""Memory is put into large pages where there are any, and says the same as before."""

from __future__ import annotations

import subprocess
import sys

import pytest

from lamina.workers.pages import whole_pages

MAPS = """\
55d0000ff000-55d000c01000 rw-p 00000000 00:00 0                          [heap]
7f0000000000-7f0000200000 rw-p 00000000 00:00 0
7f0000200000-7f0000400000 r--p 00000000 00:00 0
7f0000400000-7f0000600000 rw-p 00001000 08:01 1234                       /usr/lib/a library.so
7f0000601000-7f0000900000 rw-p 00000000 00:00 0
7f0000a00000-7f0000c00000 rw-s 00000000 00:01 99                         /memfd:lamina-board (deleted)
7ffd00000000-7ffd00400000 rw-p 00000000 00:00 0                          [stack]
"""


def test_only_whole_pages_of_private_memory_are_taken() -> None:
    assert whole_pages(MAPS.splitlines()) == [
        (0x55D000200000, 0x55D000C00000),
        (0x7F0000000000, 0x7F0000200000),
    ]


PROGRAM = """
import mmap, os, re
from lamina.workers.pages import enlarge
block = mmap.mmap(-1, 32 << 20, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
for at in range(0, len(block), 4096):
    block[at : at + 4] = at.to_bytes(4, "big")
before = hash(block[:])
done = enlarge()
assert hash(block[:]) == before
huge = sum(map(int, re.findall(r"AnonHugePages: +(\\d+)", open("/proc/self/smaps").read())))
print(done >> 20, huge >> 10)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="large pages are asked for on Linux only")
def test_memory_is_in_large_pages_and_holds_what_it_held() -> None:
    done, huge = map(int, subprocess.check_output([sys.executable, "-c", PROGRAM], text=True).split())
    assert huge >= done
    if done == 0:
        pytest.skip("this kernel gave none")
    assert done >= 28

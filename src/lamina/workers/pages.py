"""Puts what a process has in memory into large pages, so that to fork it copies far fewer entries of page tables.

Linux only, and only a wish: where the kernel has no large pages to give, or is older than 6.1, everything stays as it was.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterable
from contextlib import suppress

__all__ = ["enlarge", "whole_pages"]

# linux/mman.h
_MADV_COLLAPSE = 25
_LARGE = 2 << 20
# What is in large pages is not shared with the process that this one was forked from.
_MOST = 128 << 20


def enlarge() -> int:
    """Returns how many bytes are in large pages now that this process had of its own, or shared with the one that forked it."""
    if sys.platform != "linux":
        return 0
    done = 0
    with suppress(OSError, AttributeError):
        madvise = ctypes.CDLL(None).madvise
        madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        with open("/proc/self/maps", encoding="utf-8", errors="replace") as file:
            ranges = whole_pages(file)
        for begin, end in ranges:
            if done + end - begin <= _MOST and madvise(begin, end - begin, _MADV_COLLAPSE) == 0:
                done += end - begin
    return done


def whole_pages(maps: Iterable[str]) -> list[tuple[int, int]]:
    """Begin and end of the large pages that fit into private memory behind which there is no file, by `/proc/self/maps`."""
    found = []
    for line in maps:
        words = line.split(maxsplit=5)
        if words[1] != "rw-p" or (words[5].strip() if len(words) > 5 else "") not in ("", "[heap]"):
            continue
        first, _, last = words[0].partition("-")
        begin, end = -(-int(first, 16) // _LARGE) * _LARGE, int(last, 16) // _LARGE * _LARGE
        if begin < end:
            found.append((begin, end))
    return found

"""A worker as its session sees it: who it is, what it writes, and how it ended."""

from __future__ import annotations

import os
import pickle
from contextlib import suppress
from pathlib import Path

from lamina.workers.frames import FRAME, Frame

__all__ = ["Hand"]


class Hand:
    """A worker, as the session sees it.

    `verdict` says what its end means if the session ended it ("" if it did not), `accused` the position that it ran
    then; `evidence` is what it left behind (stacks), `seconds_lost` and `lost_since` when that test had begun. `farewell` is why
    it ended by itself (a word of the ledger), `held` the bytes that it held. `family` are the processes that descended
    from it when it was found to run too long.
    """

    def __init__(self, row: int, slot: int, name: str, pid: int, pipe: int, stacks_path: Path) -> None:
        self.row = row
        self.slot = slot
        self.name = name
        self.pid = pid
        self.pipe = pipe
        self.began = 0.0
        self.verdict = ""
        self.reason = ""
        self.evidence = ""
        self.accused = -1
        self.seconds_lost = 0.0
        self.lost_since = 0.0
        self.kill_at = 0.0
        self.has_spoken = False
        self.farewell = 0
        self.held = 0
        self.family: set[int] = set()
        self.stacks_path = stacks_path
        self._buffer = bytearray()

    def read(self) -> tuple[list[Frame], bool]:
        """The frames that are complete, and whether the worker has closed its end."""
        ended = False
        with suppress(BlockingIOError):
            while data := os.read(self.pipe, 1 << 18):
                self._buffer += data
            ended = True
        frames = []
        start = 0
        while len(self._buffer) - start >= FRAME.size:
            (size,) = FRAME.unpack_from(self._buffer, start)
            if len(self._buffer) - start - FRAME.size < size:
                break
            frames.append(
                Frame(*pickle.loads(memoryview(self._buffer)[start + FRAME.size : start + FRAME.size + size]))
            )
            start += FRAME.size + size
            self.has_spoken = True
        del self._buffer[:start]
        return frames, ended

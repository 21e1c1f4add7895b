"""What a worker writes to its session of each test: a frame, with its length in front."""

from __future__ import annotations

import os
import pickle
import struct
import warnings
from typing import Any, NamedTuple

import pytest
from _pytest.reports import BaseReport, TestReport

from lamina.workers.reports import Location, Packed, unpack

__all__ = ["FRAME", "Frame", "encoded", "is_whole", "portable", "reports_in", "write"]

FRAME = struct.Struct("!I")


class Frame(NamedTuple):
    """What a worker writes about one test; a negative position: about fixtures that were torn down
    after the test at -1 - position of all that were collected.

    `trace` is what the test used (a `workers.traces.Trace`), if tests are traced. `exit` is set when a test called
    `pytest.exit` or raised KeyboardInterrupt: the reason, which ends the session. `left` is what the test left behind,
    `memory` the most that was resident while it ran, `growth` how much more that was than before it (bytes).
    `died` says of a test that had a process of its own (strict isolation) how that died, what it left to tell why, how many
    seconds it had, and since when. `folder` is the `tmp_path` of a test that failed.
    """

    position: int
    location: Location
    reports: list[Packed]
    warnings: list[dict[str, Any]]
    memory: int
    exit: str = ""
    trace: Any = None
    left: tuple[str, ...] = ()
    died: tuple[str, str, float, float] | None = None
    folder: str = ""
    growth: int = 0


def encoded(frame: Frame) -> bytes:
    """The frame with its length."""
    data = pickle.dumps(tuple(frame), protocol=5)
    return FRAME.pack(len(data)) + data


def is_whole(data: bytearray) -> bool:
    """Whether these are all bytes of a frame."""
    return len(data) >= FRAME.size and len(data) == FRAME.size + FRAME.unpack_from(data)[0]


def reports_in(data: bytes, item: pytest.Item) -> list[BaseReport]:
    """The reports of a frame; of a test that died without one, that it failed."""
    if not data:
        return [TestReport(item.nodeid, item.location, {}, "failed", None, "call")]
    frame = Frame(*pickle.loads(data[FRAME.size :]))
    return [unpack(packed, item, frame.location, {}) for packed in frame.reports]


def write(descriptor: int, data: bytes) -> None:
    """Writes all of it."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def portable(message: warnings.WarningMessage) -> warnings.WarningMessage:
    """The warning without what can't travel (its source object; a class that can't be imported again)."""
    copy = warnings.WarningMessage(
        message.message, message.category, message.filename, message.lineno, line=message.line
    )
    try:
        pickle.dumps(copy)
    except Exception:
        text = f"{message.category.__name__}: {message.message}"
        copy = warnings.WarningMessage(UserWarning(text), UserWarning, message.filename, message.lineno)
    return copy

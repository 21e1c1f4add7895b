"""Shows what a process that hangs is doing: the stacks of all its threads, written by the C level of the interpreter.

A process arms itself once; whoever watches it sends the signal and reads the file. This works while the process holds
the GIL in C code, which a Python signal handler would not.
"""

from __future__ import annotations

import faulthandler
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

__all__ = ["DUMP_SIGNAL", "answer", "answer_by", "arm", "ask", "show"]

# A real-time signal that neither test suites nor libraries are known to use; SIGUSR1 and SIGUSR2 often are.
DUMP_SIGNAL: int = getattr(signal, "SIGRTMAX", signal.SIGUSR2) - (3 if hasattr(signal, "SIGRTMAX") else 0)

_files: list[TextIO] = []


def arm(path: Path) -> None:
    """From now on, `DUMP_SIGNAL` makes this process write its stacks to `path`."""
    file = path.open("w", encoding="utf-8")
    _files.append(file)  # faulthandler only keeps the descriptor
    faulthandler.register(DUMP_SIGNAL, file=file, all_threads=True, chain=False)


def answer() -> None:
    """Arms a process again that was forked from an armed one which has found another way to answer."""
    faulthandler.register(DUMP_SIGNAL, file=_files[-1], all_threads=True, chain=False)


def answer_by(handler: Callable[..., object]) -> None:
    """From now on `handler` is called for the signal: somebody else's stacks are what is asked for."""
    faulthandler.unregister(DUMP_SIGNAL)
    signal.signal(DUMP_SIGNAL, handler)


def show() -> None:
    """Writes the stacks of this process where they are looked for."""
    faulthandler.dump_traceback(file=_files[-1], all_threads=True)


def ask(pid: int, path: Path, patience: float = 0.5) -> str:
    """The stacks of process `pid`, armed with `path`; empty if it did not answer within `patience` seconds."""
    with suppress(ProcessLookupError):
        os.kill(pid, DUMP_SIGNAL)
    deadline = time.monotonic() + patience
    text = size = None
    while time.monotonic() < deadline:
        with suppress(OSError):
            text = path.read_text(encoding="utf-8", errors="replace")
        # Complete once it is there and has stopped growing.
        if text and len(text) == size:
            return text
        size = len(text or "")
        time.sleep(0.02)
    return text or ""

"""Signals while a run goes on: the first Ctrl-C or SIGTERM asks it to end in order, the second ends it at once; SIGUSR1 asks what
it is doing.

A handler keeps doit's main loop from being torn down by KeyboardInterrupt, so that results are kept and reports
written.
"""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
from types import FrameType
from typing import TYPE_CHECKING, Any

from lamina.cli.closing import INTERRUPTED
from lamina.cli.looking_in import show

if TYPE_CHECKING:
    from lamina.cli.current_run import CurrentRun

__all__ = ["handled", "restore"]

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def handled(run: CurrentRun) -> dict[signal.Signals, Any]:
    """Installs the handlers; returns those that were there, for `restore`. A signal that is ignored stays ignored: that
    is how a shell starts what it puts into the background."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        if not run.interrupted:
            run.interrupt()
            _say(run, "ending; once more to end at once")
            return
        run.kill_now()
        # No way back into whatever was going on: it may hold locks.
        if run.keys is not None:
            run.keys.give_back()
        if sys.stdout.isatty():
            os.write(1, b"\r\x1b[2K\x1b[?25h\x1b[0m")
        os._exit(INTERRUPTED)

    if threading.current_thread() is not threading.main_thread():
        return {}
    before = {number: signal.getsignal(number) for number in _SIGNALS}
    before = {number: handler for number, handler in before.items() if handler not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, handle)
    if signal.getsignal(signal.SIGUSR1) == signal.SIG_DFL:
        before[signal.SIGUSR1] = signal.SIG_DFL
        signal.signal(signal.SIGUSR1, lambda _number, _frame: _thread.start_new_thread(show, (run,)))
    return before


def restore(before: dict[signal.Signals, Any]) -> None:
    """Puts the handlers back."""
    for number, handler in before.items():
        signal.signal(number, handler)


def _say(run: CurrentRun, text: str) -> None:
    # Neither print nor the terminal from here: the handler may have interrupted just that, with its locks held. Nor past the
    # terminal where bars move, which would be left standing. `_thread`, since `threading` has locks of its own.
    if run.has_bars:
        _thread.start_new_thread(run.announce, (text,))
    else:
        os.write(2, f"\nlamina: {text}\n".encode())

"""mirakuru's executors, one for each kind of readiness, made from instructions.

All of them refuse to start where a port is taken, write to a log file, notice a service that ends before it is ready
(mirakuru takes exit status 0 for a daemon that went into the background), and give up when `is_wanted` says so.
"""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from mirakuru import HTTPExecutor, TCPExecutor
from mirakuru.base import Executor

from lamina.services.instructions import Instructions
from lamina.services.ports import HOST, is_taken

__all__ = ["Ended", "Unwanted", "executor_for"]

_POLL_SECONDS = 0.03
_CHECK_SECONDS = 5.0


class Unwanted(Exception):  # noqa: N818
    """Nobody waits for the service any more."""


class Ended(Exception):  # noqa: N818
    """The service ended by itself before it was ready; its exit status."""


class _Watched(Executor):
    """Set `instructions` and `is_wanted` before it is started."""

    instructions: Instructions
    is_wanted: Callable[[], bool]

    def pre_start_check(self) -> bool:
        return any(map(is_taken, self.instructions.ports))

    def after_start_check(self) -> bool:
        if not self.is_wanted():
            raise Unwanted
        status = self.process.poll() if self.process else None
        if status is not None:
            raise Ended(status)
        return self.is_ready()

    def is_ready(self) -> bool:
        raise NotImplementedError


class _Tcp(_Watched, TCPExecutor):
    def is_ready(self) -> bool:
        return TCPExecutor.pre_start_check(self)


class _Http(_Watched, HTTPExecutor):
    def is_ready(self) -> bool:
        return HTTPExecutor.after_start_check(self)


class _Log(_Watched):
    _read = 0

    def is_ready(self) -> bool:
        with Path(self.instructions.log).open("rb") as log:
            log.seek(self._read)
            lines = log.read().split(b"\n")
        # A line that is still being written is read again; one without an end may be a prompt.
        self._read += sum(len(line) + 1 for line in lines[:-1])
        pattern = re.compile(self.instructions.line)
        return any(pattern.search(line.decode("utf-8", "replace")) for line in lines)


class _Command(_Watched):
    def is_ready(self) -> bool:
        instructions = self.instructions
        with suppress(OSError, subprocess.TimeoutExpired):
            checked = subprocess.run(
                instructions.check, cwd=instructions.root, env=self.envvars, timeout=_CHECK_SECONDS,
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            )  # fmt: skip
            return checked.returncode == 0
        return False


def executor_for(instructions: Instructions, log: IO[Any] | int, is_wanted: Callable[[], bool]) -> _Watched:
    """The executor; `start()` blocks until the service is ready, or raises."""
    common: dict[str, Any] = {
        "cwd": instructions.root,
        "timeout": instructions.start_timeout,
        "sleep": _POLL_SECONDS,
        "stop_signal": instructions.stop_signal,
        "envvars": instructions.environment,
        "stdin": subprocess.DEVNULL,
        "stdout": log,
        "stderr": subprocess.STDOUT,
    }
    made: _Watched
    if instructions.kind == "http":
        made = _Http(instructions.command, instructions.url, request_timeout=_CHECK_SECONDS, **common)
    elif instructions.kind == "tcp":
        made = _Tcp(instructions.command, HOST, instructions.ports[0], **common)
    else:
        made = (_Log if instructions.kind == "log" else _Command)(instructions.command, **common)
    made.instructions = instructions
    made.is_wanted = is_wanted
    return made

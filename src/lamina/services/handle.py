"""A service's keeper as seen from the process that started it."""

from __future__ import annotations

import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec

from lamina.services.down import Death, ServiceDownError
from lamina.services.instructions import Instructions
from lamina.workers import temporary
from lamina.workers.processes import TOKEN_VARIABLE, kill_group, sweep

__all__ = ["Handle", "end_of_log"]

_LOG_LINES = 30
_LOG_BYTES = 65_536
# What a keeper needs beyond the service's own times: an interpreter's start, and its sweep.
_MARGIN_SECONDS = 10.0


class Handle:
    """Starts a keeper; `wait_until_ready` comes back when the service is ready. `pid` is then the service's."""

    def __init__(self, instructions: Instructions, on_death: Callable[[Death], None]) -> None:
        self.instructions = instructions
        self.pid = 0
        self.ready_seconds = 0.0
        self._on_death = on_death
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._stopping = False
        with Path(instructions.log).open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "lamina.services.keeper"],
                cwd=instructions.root,
                env={**os.environ, TOKEN_VARIABLE: instructions.token, temporary.VARIABLE: instructions.folder},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )
        self.keeper_pid = self._process.pid
        with suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.write(msgspec.json.encode(instructions) + b"\n")
            self._process.stdin.flush()
        self._listener = threading.Thread(target=self._listen, name=f"service {instructions.name}", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as lines:
            for line in lines:
                event = msgspec.json.decode(line)
                self._events.put(event)
                if event["event"] == "died" and not self._stopping:
                    # One death is told once: the keeper ends as well, now.
                    self._stopping = True
                    self._on_death(Death(event["reason"], event["at"]))
        self._events.put({"event": "gone"})
        if not self._stopping:
            # Killed itself: what it kept has nobody to stop it.
            sweep(self.instructions.token)
            self._on_death(Death("lost its keeper", time.time()))

    def wait_until_ready(self, is_wanted: Callable[[], bool]) -> None:
        """Raises ServiceDownError when it fails, or nobody wants it any more."""
        until = time.monotonic() + self.instructions.start_timeout + _MARGIN_SECONDS
        while is_wanted():
            try:
                event = self._events.get(timeout=0.1)
            except queue.Empty:
                if time.monotonic() > until:
                    self.stop()
                    raise ServiceDownError("its keeper does not answer", self.log()) from None
                continue
            if event["event"] == "ready":
                self.pid, self.ready_seconds = event["pid"], event["seconds"]
                return
            self.stop()
            reason = event.get("reason", "its keeper ended before it was ready")
            raise ServiceDownError(reason, self.log(), event.get("taken", False))
        self.stop(hurry=True)
        raise ServiceDownError("interrupted")

    def log(self) -> str:
        """The end of what the service wrote."""
        return end_of_log(Path(self.instructions.log))

    def let_go(self) -> None:
        """Leaves a lasting service to itself."""
        self._stopping = True
        self._close()

    def stop(self, hurry: bool = False) -> None:
        """Ends the service: in order, within its grace (`hurry`: within a second), and waits for that."""
        self._stopping = True
        if hurry and self._process.stdin is not None:
            with suppress(OSError, ValueError):  # ValueError: it was stopped before
                self._process.stdin.write(b"hurry\n")
                self._process.stdin.flush()
        self._close()
        # It hears the end of both keepers, of which one may have been killed.
        self._listener.join((1.0 if hurry else self.instructions.grace) + _MARGIN_SECONDS)
        if self._listener.is_alive():
            self.kill()
        self._process.wait()
        sweep(self.instructions.token)
        shutil.rmtree(self.instructions.folder, ignore_errors=True)

    def kill(self) -> None:
        """Ends all of it at once."""
        self._stopping = True
        kill_group(self._process.pid, 9)
        sweep(self.instructions.token)

    def _close(self) -> None:
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()


def end_of_log(path: Path) -> str:
    """The last lines of a file; "" when there is none."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - _LOG_BYTES))
            lines = deque(file, _LOG_LINES)
    except OSError:
        return ""
    return b"".join(lines).decode("utf-8", "replace").strip()

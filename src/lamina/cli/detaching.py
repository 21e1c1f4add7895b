"""Sends a run into the background: decides whether it is to go there, and goes on there in a process of its own.

The run is forked off when doit has read everything and nothing has begun, so that it is the very run that was asked for, on
the files as they were at that moment.
"""

from __future__ import annotations

import os
import sys
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

from doit.exceptions import InvalidCommand

from lamina.cli import background
from lamina.cli.stream import is_terminal
from lamina.reports.wording import moment_text, seconds_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from lamina.cli.current_run import CurrentRun

__all__ = ["Detached", "detach", "goes_to_background"]

_KEPT_LOGS = 5
_SAVE_SECONDS = 0.5


def goes_to_background(run: CurrentRun, names: Sequence[str]) -> bool:
    """Whether a run of these tasks goes there: when `background=` says so, else when all of them are of background layers
    and a person is looking. Where nobody is, as in CI, the end of the command has to be the end of the tests."""
    asked = run.project.request.background
    if asked is not None:
        return asked
    modes = {layer["name"]: layer["execution_mode"] for layer in run.project.layers}
    of_layer = {**{name: name for name in modes}, **run.project.layer_of}
    all_background = bool(names) and all(modes.get(of_layer.get(name, "")) == "background" for name in names)
    return all_background and is_terminal(run.stream) and os.environ.get("CI", "").lower() in ("", "0", "false")


def detach(run: CurrentRun, names: Sequence[str], program: str) -> Detached:
    """Forks. The new process goes on with the returned object; the old one says what was started and ends with status 0.

    Raises InvalidCommand when a background run goes on already, or there is nowhere to keep what it does.
    """
    cache_dir = run.project.cache_dir
    if run.project.forgets:
        raise InvalidCommand(f"background=true: not without a cache folder; {run.project.notes[0]}")
    try:
        lock = background.acquire(cache_dir)
    except OSError as error:
        raise InvalidCommand(f"background=true: {error.filename} could not be written: {error.strerror}") from None
    if lock is None:
        raise InvalidCommand(_refusal(cache_dir, program))
    _forget_old_logs(cache_dir)
    sys.stdout.flush()
    sys.stderr.flush()
    ready, say_ready = os.pipe()
    pid = os.fork()
    if pid:
        os.close(lock)
        os.close(say_ready)
        _leave(run, names, program, pid, ready)
    os.close(ready)
    os.setsid()
    run.begin_anew()
    detached = Detached(run, names)
    _redirect(detached.log)
    detached.save()
    os.write(say_ready, b"1")
    os.close(say_ready)
    detached.watch()
    return detached


def _leave(run: CurrentRun, names: Sequence[str], program: str, pid: int, ready: int) -> NoReturn:
    has_begun = os.read(ready, 1)
    if not has_begun:
        print("lamina: the background run could not be started", file=sys.stderr)
        raise SystemExit(2)
    run.stream.write(
        f"started in the background: {', '.join(names)} (process {pid})\n"
        f"`{program} status` shows how it goes, `{program} status --wait` waits for its end, `{program} stop` ends it; "
        f"log: {os.path.relpath(_log_path(run.project.cache_dir, pid), run.project.root)}\n"
    )
    raise SystemExit(0)


def _refusal(cache_dir: str, program: str) -> str:
    found = background.look(cache_dir)
    facts = found.facts if found and found.state == "running" else {}
    which = (
        f": process {facts['pid']}, since {moment_text(facts['started_at'])} "
        f"({seconds_text(time.time() - facts['started'])}), with {', '.join(facts['names'])}"
        if facts and not facts.get("ended")
        else ", which has only just begun"
    )
    return (
        f"a background run goes on in this checkout{which}; there can be one at a time\n"
        f"`{program} status` shows it, `{program} stop` ends it, background=false runs in the foreground beside it."
    )


def _redirect(log: str) -> None:
    with open(os.devnull, "rb") as nothing:
        os.dup2(nothing.fileno(), 0)
    with open(log, "wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)


def _log_path(cache_dir: str, pid: int) -> str:
    return os.path.join(background.folder_of(cache_dir), f"{pid}.log")


def _forget_old_logs(cache_dir: str) -> None:
    with suppress(OSError):
        logs = [entry for entry in os.scandir(background.folder_of(cache_dir)) if entry.name.endswith(".log")]
        for entry in sorted(logs, key=lambda entry: entry.stat().st_mtime, reverse=True)[_KEPT_LOGS - 1 :]:
            os.unlink(entry.path)


class Detached:
    """The run in the background, from its own side: keeps what others can see of it up to date."""

    def __init__(self, run: CurrentRun, names: Sequence[str]) -> None:
        self.log = _log_path(run.project.cache_dir, os.getpid())
        self._run = run
        self._facts: dict[str, Any] = {
            "id": run.id, "pid": os.getpid(), "mark": background.process_mark(os.getpid()), "started": run.began,
            "started_at": run.started, "names": list(names), "log": os.path.relpath(self.log, run.project.root),
            "slots": run.project.slots,
        }  # fmt: skip
        self._lock = threading.Lock()
        self._is_over = threading.Event()

    def watch(self) -> None:
        """Saves now and then until `finish`."""
        threading.Thread(target=self._watch, name="lamina-background", daemon=True).start()

    def _watch(self) -> None:
        while not self._is_over.wait(_SAVE_SECONDS):
            self.save()

    def save(self) -> None:
        """Writes what the run does now; what can't be written is not seen by others, and the run goes on."""
        with self._lock, suppress(OSError):
            if not self._is_over.is_set():
                background.save(self._run.project.cache_dir, {**self._facts, "progress": self._run.progress_facts()})

    def finish(self, exit_status: int) -> None:
        """The run has ended: says so, once and for all."""
        with self._lock, suppress(OSError):
            self._is_over.set()
            run = self._run
            page = os.path.join(run.project.reports_dir, "runs", run.id, "index.html")
            background.save(
                run.project.cache_dir,
                {
                    **self._facts, "progress": run.progress_facts(), "ended": time.time(), "exit_status": exit_status,
                    "interrupted": run.interrupted,
                    "report": os.path.relpath(page, run.project.root) if os.path.exists(page) else "",
                },
            )  # fmt: skip

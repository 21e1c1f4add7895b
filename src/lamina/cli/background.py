"""The background run of a checkout, as others see it: whether one goes on, what it does, what came of it.

A run in the background holds a lock for as long as it lives, which the kernel releases however it ends; what it does stands in
a file beside it. So a file that a killed run has left behind is never taken for a run, whoever has its process id now.
Imports next to nothing: every run looks here for whether there is something to tell.
"""

from __future__ import annotations

import fcntl
import json
import os
import time
from contextlib import suppress
from typing import Any, NamedTuple

__all__ = ["Background", "acquire", "folder_of", "is_same_process", "look", "mark_told", "process_mark", "save", "wait"]

_FORMAT = 1
# Whoever only looks holds the lock for a moment; a run that begins just then tries again.
_TRIES, _PAUSE = 10, 0.05


class Background(NamedTuple):
    """What is known of the last background run. `state`: "running", "ended", "killed" (gone without a word). `facts` are its
    own words: id, pid, mark, started (epoch seconds), names, command, log, progress, told; when it has ended also ended,
    exit_status, report."""

    state: str
    facts: dict[str, Any]


def folder_of(cache_dir: str) -> str:
    """Where lock, state and logs are."""
    return os.path.join(cache_dir, "background")


def acquire(cache_dir: str) -> int | None:
    """Takes the lock; returns its descriptor, which processes forked from this one share, or None when another run has it.
    Raises OSError where nothing can be written."""
    os.makedirs(folder_of(cache_dir), exist_ok=True)
    descriptor = os.open(os.path.join(folder_of(cache_dir), "lock"), os.O_RDWR | os.O_CREAT, 0o666)
    for _ in range(_TRIES):
        with suppress(BlockingIOError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        time.sleep(_PAUSE)
    os.close(descriptor)
    return None


def look(cache_dir: str) -> Background | None:
    """The last background run; None when there never was one."""
    if _is_locked(cache_dir):
        return Background("running", _read(cache_dir) or {})
    # Read when the lock was found free: what it says now is its last word.
    facts = _read(cache_dir)
    return Background("ended" if facts.get("ended") else "killed", facts) if facts else None


def wait(cache_dir: str) -> None:
    """Waits until no background run goes on."""
    with suppress(FileNotFoundError):
        descriptor = os.open(os.path.join(folder_of(cache_dir), "lock"), os.O_RDWR)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        finally:
            os.close(descriptor)


def save(cache_dir: str, facts: dict[str, Any]) -> None:
    """Writes what the run does, as a whole or not at all."""
    path = _state_path(cache_dir)
    draft = f"{path}.{os.getpid()}.draft"
    with open(draft, "w", encoding="utf-8") as file:
        json.dump({"format": _FORMAT, **facts}, file)
    os.replace(draft, path)


def mark_told(cache_dir: str, facts: dict[str, Any]) -> None:
    """The user has been told how it ended; what can't be written is told once more."""
    with suppress(OSError):
        save(cache_dir, {**facts, "told": True})


def process_mark(pid: int) -> str:
    """What tells a process from a later one with the same id: when it began, in the kernel's ticks; "" where /proc is not."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def is_same_process(facts: dict[str, Any]) -> bool:
    """Whether the process that the facts are of is there."""
    pid = facts.get("pid", 0)
    return bool(pid) and not facts.get("ended") and process_mark(pid) == facts.get("mark")


def _state_path(cache_dir: str) -> str:
    return os.path.join(folder_of(cache_dir), "state.json")


def _is_locked(cache_dir: str) -> bool:
    try:
        descriptor = os.open(os.path.join(folder_of(cache_dir), "lock"), os.O_RDWR)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def _read(cache_dir: str) -> dict[str, Any]:
    try:
        with open(_state_path(cache_dir), "rb") as file:
            facts = json.load(file)
    except (OSError, ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) and facts.get("format") == _FORMAT else {}

"""The folders in `.lamina/sessions`: one for each session and each service of a run, for as long as it lives.

A folder holds a file that its run has locked; the system gives the lock back, however the run ends. It holds a note of what
the run would end and remove by itself, too. Guardians and keepers do that for a run that was killed; where they were killed
with it, the next run does. Nothing here fails a run.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from contextlib import suppress

import msgspec

from lamina.workers import temporary
from lamina.workers.processes import sweep

__all__ = ["begin_session", "clear_if_dead", "end_session", "note"]

_LOCK = "run.lock"
_NOTE = "left.json"
# A folder has this behind its name until it is locked, for so many seconds at the most.
_NEW = ".new"
_BEGINNING = 60


class _Left(msgspec.Struct):
    """What a run has made outside of the project: processes that carry `token`, a temporary folder."""

    token: str
    temporary: str


def begin_session(folder: str) -> int:
    """Makes a session's folder. The descriptor that is returned says that its run lives, until `end_session`; raises OSError."""
    if os.path.isdir(folder):
        return _locked(folder)
    new = f"{folder}{_NEW}"
    os.makedirs(new, exist_ok=True)
    descriptor = _locked(new)
    try:
        os.rename(new, folder)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _locked(folder: str) -> int:
    descriptor = os.open(os.path.join(folder, _LOCK), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_SH)
    return descriptor


def note(folder: str, token: str, temporary_folder: str) -> None:
    """What is to be ended and removed should the run and all that watches over it be killed."""
    with suppress(OSError):
        path = os.path.join(folder, _NOTE)
        with open(f"{path}{_NEW}", "wb") as file:
            file.write(msgspec.json.encode(_Left(token, temporary_folder)))
        os.replace(f"{path}{_NEW}", path)


def end_session(folder: str, descriptor: int) -> None:
    """Removes a session's folder."""
    shutil.rmtree(folder, ignore_errors=True)
    os.close(descriptor)


def clear_if_dead(folder: str) -> None:
    """Removes the folder with what is left of its session, unless its run lives, or has only just begun."""
    if folder.endswith(_NEW) and _age(folder) < _BEGINNING:
        return
    descriptor = None
    try:
        with suppress(FileNotFoundError):
            descriptor = os.open(os.path.join(folder, _LOCK), os.O_RDWR | os.O_CLOEXEC)
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _end(folder)
        shutil.rmtree(folder, ignore_errors=True)
    except OSError:
        return
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _end(folder: str) -> None:
    try:
        with open(os.path.join(folder, _NOTE), "rb") as file:
            left = msgspec.json.decode(file.read(), type=_Left)
    except (OSError, msgspec.MsgspecError):
        return
    if left.token:
        sweep(left.token)
    # Nothing but what lamina has made is removed, whatever the note says.
    if os.path.basename(left.temporary).startswith(temporary.PREFIX):
        temporary.remove(left.temporary)


def _age(path: str) -> float:
    try:
        return time.time() - os.stat(path).st_mtime
    except FileNotFoundError:
        return float("inf")

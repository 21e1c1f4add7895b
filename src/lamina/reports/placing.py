"""Puts files and sets of files in place as a whole or not at all, and forgets old runs.

Imports nothing heavy: stored reports use it too.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

__all__ = ["FILES", "KEPT_RUNS", "alone", "forget_old", "link", "put"]

FILES = ("results.json", "junit.xml", "index.html")
KEPT_RUNS = 20
# Of large suites fewer: their reports may take this much together.
KEPT_BYTES = 200_000_000
# Whatever else lies in the folder is not ours to delete.
_RUN_ID = re.compile(r"\d{8}-\d{6}-")


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """While it lasts no other run is in here, so that of two runs that end together `latest` has all files of the later one.
    Where a folder can't be locked, nobody waits."""
    descriptor = -1
    with suppress(OSError):
        os.makedirs(folder, exist_ok=True)
        descriptor = os.open(folder, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if descriptor >= 0:
            os.close(descriptor)


def put(path: Path, pieces: Iterable[bytes | memoryview]) -> None:
    """Writes a file atomically; raises OSError and leaves no trace when it can't."""
    os.makedirs(path.parent, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "wb") as file:
            file.writelines(pieces)
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary)
        raise


def link(source: Path, target: Path) -> None:
    """Makes `target` the same file as `source`, atomically: a hard link, or a copy where there are none."""
    os.makedirs(target.parent, exist_ok=True)
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with suppress(FileNotFoundError):
            os.unlink(temporary)
        try:
            os.link(source, temporary)
        except OSError:
            shutil.copyfile(source, temporary)
        # Renaming one link of a file to another of the same file does nothing and keeps both names, hence the unlink.
        os.replace(temporary, target)
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def forget_old(runs: Path) -> None:
    """Keeps the runs that ended last, the last one whatever its size. One in the background may have begun before all others."""
    with suppress(OSError):
        names = [entry.name for entry in sorted(os.scandir(runs), key=_end, reverse=True) if _RUN_ID.match(entry.name)]
        size = 0
        for number, name in enumerate(names):
            size += sum(file.stat().st_size for file in os.scandir(runs / name))
            if number >= KEPT_RUNS or (number and size > KEPT_BYTES):
                shutil.rmtree(runs / name, ignore_errors=True)


def _end(run: os.DirEntry[str]) -> tuple[int, str]:
    """When the last file of a run was put into its folder."""
    return run.stat().st_mtime_ns, run.name

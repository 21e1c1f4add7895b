"""Puts files in place as a whole or not at all, and forgets old runs. Imports nothing heavy: stored reports use it too."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

__all__ = ["FILES", "KEPT_RUNS", "forget_old", "link", "put"]

FILES = ("results.json", "junit.xml", "index.html")
KEPT_RUNS = 20
# Of large suites fewer: their reports may take this much together.
KEPT_BYTES = 200_000_000
# Run ids begin with the time they began, so that their order by name is their order in time. Whatever else lies in the
# folder is not ours to delete.
_RUN_ID = re.compile(r"\d{8}-\d{6}-")


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
    """Keeps the newest runs, the last one whatever its size."""
    with suppress(OSError):
        names = sorted((name for name in os.listdir(runs) if _RUN_ID.match(name)), reverse=True)
        size = 0
        for number, name in enumerate(names):
            size += sum(file.stat().st_size for file in os.scandir(runs / name))
            if number >= KEPT_RUNS or (number and size > KEPT_BYTES):
                shutil.rmtree(runs / name, ignore_errors=True)

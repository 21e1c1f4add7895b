"""Takes away what runs have left in the cache folder: folders of sessions that were killed, with what is left of these, code
that is no longer used, drafts and files that were set aside. Nothing here fails a run.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress

from lamina.workers.session_folders import clear_if_dead

__all__ = ["tidy"]

_DAY = 24 * 3600
# Days that files which were set aside are kept.
_ASIDE_DAYS = 7
_TIDIED = ".tidied"


def tidy(cache_dir: str, ttl_hours: float, max_mb: float) -> None:
    """What killed runs left goes at once; once a day code with probes that was not used for `ttl_hours`, or, least recently
    used first, is more than `max_mb` (0: no limit), and what was set aside."""
    with suppress(OSError):
        sessions = os.path.join(cache_dir, "sessions")
        for name in os.listdir(sessions) if os.path.isdir(sessions) else ():
            clear_if_dead(os.path.join(sessions, name))
    with suppress(OSError):
        stamp = os.path.join(cache_dir, _TIDIED)
        if _age(stamp) < _DAY:
            return
        with open(stamp, "w", encoding="utf-8"):
            pass
        _remove_asides(cache_dir)
        _remove_code(os.path.join(cache_dir, "code"), ttl_hours * 3600, int(max_mb * 1_000_000))


def _remove_asides(cache_dir: str) -> None:
    for folder in (cache_dir, os.path.join(cache_dir, "inputs")):
        for path, found in _files(folder):
            name = os.path.basename(path)
            age = time.time() - found.st_mtime
            if (name.endswith(".draft") and age > _DAY) or (".broken-" in name and age > _ASIDE_DAYS * _DAY):
                os.unlink(path)


def _remove_code(folder: str, seconds: float, limit: int) -> None:
    files = [one for entry in os.scandir(folder) if entry.is_dir() for one in _files(entry.path)]
    files.sort(key=lambda one: one[1].st_mtime, reverse=True)
    size = 0
    for path, found in files:
        size += found.st_size
        if (seconds and time.time() - found.st_mtime > seconds) or (limit and size > limit):
            os.unlink(path)


def _files(folder: str) -> Iterator[tuple[str, os.stat_result]]:
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_file(follow_symlinks=False):
                yield entry.path, entry.stat()


def _age(path: str) -> float:
    try:
        return time.time() - os.stat(path).st_mtime
    except FileNotFoundError:
        return float("inf")

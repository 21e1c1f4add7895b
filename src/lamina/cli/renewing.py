"""Keeps the results of categories in which nothing changes from growing old: doit skips these without asking the cache, which
would drop them after a while."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lamina.cli.project import Project

__all__ = ["renew_daily"]

_DAY = 24 * 3600


def renew_daily(project: Project, skipped: Iterable[str]) -> None:
    """Marks the last results of these categories as used, unless that was done today. The file that says what a category
    passed with says when, by its time."""
    aging = []
    for category in skipped:
        path = project.snapshot.done_path(category)
        with suppress(OSError):
            if time.time() - os.stat(path).st_mtime > _DAY:
                os.utime(path)
                aging.append(category)
    if aging:
        from lamina.cache.bounds import renew_last
        from lamina.cache.database import CacheDatabase, cache_file

        renew_last(CacheDatabase(cache_file(project.root, project.cache_dir)), aging)

"""Temporary folders: one for a session, made and removed by the engine, with one for each worker below it.

A worker's is pytest's own base for `tmp_path`, and beside it what `TMPDIR` says to the tests and to all that they start. So
that short paths stay short (a socket's may have 108 bytes), the session's folder lies directly in the system's.
"""

from __future__ import annotations

import os
import shutil
import stat
import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest

__all__ = ["PREFIX", "VARIABLE", "make", "remove", "use"]

# Tells the guardian which folder to remove when nobody else is left to do it.
VARIABLE = "LAMINA_TEMPORARY"
# What the names of all these folders begin with, and those of services.
PREFIX = "lamina-"
_WHOLE = stat.S_IRWXU


def make(environment: Mapping[str, str]) -> str:
    """A new folder for a session whose tests have this environment; "" where none can be made."""
    wanted = environment.get("PYTEST_DEBUG_TEMPROOT") or environment.get("TMPDIR")
    try:
        return tempfile.mkdtemp(prefix=PREFIX, dir=wanted if wanted and os.path.isdir(wanted) else None)
    except OSError:
        return ""


def use(config: pytest.Config, root: str, name: str) -> None:
    """Gives this process, the worker `name`, its folders below `root`; "" leaves it with the system's."""
    factory: Any = getattr(config, "_tmp_path_factory", None)
    if factory is not None and getattr(config.option, "basetemp", None):
        if factory._basetemp is not None:
            # As under pytest-xdist: a folder for the worker below the one that was asked for.
            factory._given_basetemp = factory._basetemp / f"popen-{name}"
            factory._basetemp = None
    elif factory is not None and root:
        factory._given_basetemp = Path(_unused(os.path.join(root, name)))
        factory._basetemp = None
    if root:
        own = _unused(os.path.join(root, f"{name}-tmp"))
        with suppress(OSError):
            os.mkdir(own, 0o700)
            os.environ["TMPDIR"] = own
            tempfile.tempdir = own


def _unused(path: str) -> str:
    """The path, or with a number behind it: a worker that was replaced had the same name."""
    number, found = 1, path
    while os.path.exists(found):
        number += 1
        found = f"{path}-{number}"
    return found


def remove(root: str, kept: Collection[str] = ()) -> None:
    """Removes a session's folder with all that is in it, also what tests have made unreadable, but for folders that are `kept`."""
    if not root or root in kept:
        return
    if any(path.startswith(os.path.join(root, "")) for path in kept):
        with os.scandir(root) as entries:
            for entry in list(entries):
                if entry.is_dir(follow_symlinks=False):
                    remove(entry.path, kept)
                else:
                    with suppress(OSError):
                        os.unlink(entry.path)
        return
    shutil.rmtree(root, ignore_errors=True)
    if os.path.isdir(root):
        for folder, names, _ in os.walk(root):
            for name in names:
                with suppress(OSError):
                    os.chmod(os.path.join(folder, name), _WHOLE)
        shutil.rmtree(root, ignore_errors=True)

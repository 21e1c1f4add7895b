"""Stands in front of those functions of `os` that look at files and raise no audit event, or one that does not tell all.

In front stand objects, not functions: as attributes of a class they must not become methods, which functions in C don't
either. `posix.stat` and what was taken from `os` by value before are not seen; in the standard library that is only `glob`.
"""

from __future__ import annotations

import functools
import glob
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from lamina.tracing.inputs import Inputs

__all__ = ["stand_before"]

# Functions of the standard library that ask only whether there is something, and what kind of thing.
_ASKING = frozenset(
    {"exists", "isfile", "isdir", "islink", "lexists", "is_file", "is_dir", "is_symlink", "ismount", "is_mount", "mkdir",
     "makedirs", "realpath", "resolve", "checkcache", "updatecache", "walk", "fwalk", "rmtree", "_rmtree_safe_fd",
     "_rmtree_safe_fd_step", "_rmtree_unsafe", "select_exists", "samefile", "copyfile"}
)  # fmt: skip
# These stand between one of those and `os`.
_BETWEEN = frozenset({"stat", "lstat", "_stat"})
_LIBRARY = os.path.dirname(os.__file__)

Opening = Callable[[Inputs, str | None, str | None, int, int], None]


def stand_before(inputs: Inputs, opening: Opening) -> None:
    """From now on, for the rest of the process; `opening` is told of files that `os.open` opens beside an open folder."""
    originals: dict[Any, Any] = {}
    for name in ("stat", "lstat", "access", "readlink"):
        original = getattr(os, name)
        originals[original] = _Looking(original, inputs)
    originals[os.open] = _Opening(os.open, inputs, opening)
    supports = (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids)
    for original, standing in originals.items():
        setattr(os, original.__name__, standing)
        for supporting in supports:
            if original in supporting:
                supporting.add(standing)
    for holder in list(vars(glob).values()):
        if isinstance(holder, type):
            for name, held in list(vars(holder).items()):
                standing = originals.get(held.__func__) if isinstance(held, staticmethod) else None
                if standing is not None:
                    setattr(holder, name, staticmethod(standing))


class _Standing:
    """Looks like the function that it stands before."""

    def __init__(self, original: Any, inputs: Inputs) -> None:
        functools.update_wrapper(self, original)  # type: ignore[arg-type]
        # What is pickled is the name, which has to lead here.
        self.__module__ = "os"
        self._original = original
        self._inputs = inputs

    def __reduce__(self) -> str:
        return str(self._original.__name__)

    def __repr__(self) -> str:
        return repr(self._original)


class _Looking(_Standing):
    """`os.stat` and its like: a path, then what differs."""

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        if self._inputs.sink is not None:
            with suppress(Exception):  # the original's own error is better than ours
                self._look(arguments[0] if arguments else options["path"], options.get("dir_fd"))
        return self._original(*arguments, **options)

    def _look(self, name: Any, folder: int | None) -> None:
        if isinstance(name, int):
            return
        inputs = self._inputs
        path = inputs.absolute(name, folder)
        relative = inputs.relevant(path) if path is not None else None
        if path is not None and relative is not None:
            # Sizes and times go with the content.
            asks = path.endswith(".py") or self._original.__name__ == "access" or _is_asking()
            inputs.read("exists" if asks else "file", path, relative)


class _Opening(_Standing):
    """`os.open`, whose audit event does not say which folder a path is relative to."""

    def __init__(self, original: Any, inputs: Inputs, opening: Opening) -> None:
        super().__init__(original, inputs)
        self._opening = opening

    def __call__(self, path: Any, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if dir_fd is not None and self._inputs.sink is not None:
            with suppress(Exception):
                self._opening(self._inputs, self._inputs.absolute(path, dir_fd), None, flags, 3)
        opened: int = self._original(path, flags, mode, dir_fd=dir_fd)
        return opened


def _is_asking() -> bool:
    frame = sys._getframe(3)
    while frame.f_code.co_name in _BETWEEN and frame.f_back is not None and _is_of_library(frame):
        frame = frame.f_back
    return frame.f_code.co_name in _ASKING and _is_of_library(frame)


def _is_of_library(frame: Any) -> bool:
    file = frame.f_code.co_filename
    return (file.startswith(_LIBRARY) and "site-packages" not in file) or file.startswith("<frozen")

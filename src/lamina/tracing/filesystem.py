"""Watches files and folders: by an audit hook where Python tells of it, by standing in front of `os.stat` and its like.

An audit hook can't be taken away again; without a sink it returns at once. Python's own import system is not watched: what
it looks for is known from the imports.
"""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

from lamina.tracing.inputs import Inputs

__all__ = ["watch_files"]

# Functions that ask only whether there is something, and what kind of thing.
_ASKING = frozenset(
    {"exists", "isfile", "isdir", "islink", "lexists", "is_file", "is_dir", "is_symlink", "ismount", "is_mount", "mkdir",
     "makedirs", "realpath", "resolve", "checkcache", "updatecache"}
)  # fmt: skip
_IMPORT_SYSTEM = "<frozen importlib"
# Frames of these read sources to rewrite or show them.
_READERS_OF_SOURCES = (f"{os.sep}_pytest{os.sep}", f"{os.sep}lamina{os.sep}tracing{os.sep}")
_DEEPEST = 60


def watch_files(inputs: Inputs) -> None:
    """From now on, for the rest of the process."""
    handlers: dict[str, Callable[[Inputs, tuple[Any, ...]], None]] = {
        "open": _opened,
        "os.listdir": _listed,
        "os.scandir": _listed,
        "os.mkdir": _made,
        "os.rename": _moved,
        "os.link": _moved,
        "os.symlink": _moved,
        "os.remove": _made,
        "os.rmdir": _made,
        "sqlite3.connect": _connected,
        "ctypes.dlopen": _loaded,
    }
    get = handlers.get

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if inputs.sink is None:
            return
        handler = get(event)
        if handler is not None:
            try:
                handler(inputs, arguments)
            except Exception:  # whatever it was, the caller's own error is better than ours
                return

    sys.addaudithook(hook)
    for name in ("stat", "lstat", "access", "readlink"):
        _stand_before(inputs, name)


def _opened(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    name, mode, flags = arguments
    path = None if isinstance(name, int) else inputs.absolute(name)
    relative = inputs.relevant(path) if path is not None else None
    if path is None or relative is None:
        return
    if isinstance(mode, str):
        writes, reads = any(letter in mode for letter in "wxa+"), any(letter in mode for letter in "ra+")
    else:
        writes, reads = bool(flags & (os.O_WRONLY | os.O_RDWR)), not flags & os.O_WRONLY
    if reads and not (path.endswith(".py") and _is_for_showing()):
        inputs.read("file", path, relative)
    if writes and not inputs.is_made_here(path):
        inputs.created.add(path)


def _listed(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    name = arguments[0]
    if isinstance(name, int) or sys._getframe(2).f_code.co_filename.startswith(_IMPORT_SYSTEM):
        return
    path = inputs.absolute("." if name is None else name)
    relative = inputs.relevant(path) if path is not None else None
    if path is not None and relative is not None:
        inputs.read("list", path, relative)


def _made(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    path = inputs.absolute(arguments[0])
    if path is not None and inputs.relevant(path) is not None:
        inputs.created.add(path)


def _moved(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    source = inputs.absolute(arguments[0])
    if source is not None and source.startswith("/"):
        relative = inputs.relevant(source)
        if relative is not None:
            inputs.read("file", source, relative)
    _made(inputs, arguments[1:])


def _connected(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    name = arguments[0]
    if name == ":memory:" or (isinstance(name, str) and name.startswith("file:")):
        name = str(name).removeprefix("file:").partition("?")[0]
    path = inputs.absolute(name)
    relative = inputs.relevant(path) if path is not None else None
    if path is not None and relative is not None:
        inputs.read("file", path, relative)
        inputs.created.update((path, f"{path}-journal", f"{path}-wal", f"{path}-shm"))


def _loaded(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    path = inputs.absolute(arguments[0])
    relative = inputs.relevant(path) if path is not None else None
    if path is not None and relative is not None:
        inputs.read("file", path, relative)


def _is_for_showing() -> bool:
    """Whether a source is read by the import system or by pytest: the nearest of these and of any other code decides.
    The standard library reads for whoever called it."""
    frame: FrameType | None = sys._getframe(3)
    for _ in range(_DEEPEST):
        if frame is None:
            return False
        file = frame.f_code.co_filename
        if file.startswith(_IMPORT_SYSTEM) or any(reader in file for reader in _READERS_OF_SOURCES):
            return True
        if not file.startswith(_LIBRARY) or "site-packages" in file:
            return file.startswith("<string>")
        frame = frame.f_back
    return False


_LIBRARY = (os.path.dirname(os.__file__), "<frozen")


def _stand_before(inputs: Inputs, name: str) -> None:
    """Puts a function in front of one of `os` that raises no audit event."""
    original: Any = getattr(os, name)
    asks = name == "access"

    @functools.wraps(original)
    def standing(path: Any, *arguments: Any, **options: Any) -> Any:
        if inputs.sink is not None and not isinstance(path, int):
            _looked(inputs, path, asks or sys._getframe(1).f_code.co_name in _ASKING)
        return original(path, *arguments, **options)

    setattr(os, name, standing)
    for supporting in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks, os.supports_effective_ids):
        if original in supporting:
            supporting.add(standing)


def _looked(inputs: Inputs, name: object, asks: bool) -> None:
    path = inputs.absolute(name)
    relative = inputs.relevant(path) if path is not None else None
    if path is not None and relative is not None:
        # Sizes and times go with the content.
        kind = "exists" if asks or path.endswith(".py") else "file"
        inputs.read(kind, path, relative)

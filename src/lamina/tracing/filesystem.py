"""Watches files and folders: by an audit hook where Python tells of it, by standing in front of `os.stat` and its like.

Python's own import system is not watched: what it looks for is known from the imports. Events come before the thing is done,
so what is there already is looked at: a folder that `mkdir` finds has not been made by the test.
"""

from __future__ import annotations

import os
import stat
import sys

# By value: a test may replace the functions of `os`, and must not see that others call them.
from os import listdir, lstat
from os.path import dirname
from types import FrameType
from typing import Any

from lamina.tracing.auditing import hear
from lamina.tracing.inputs import EVERYTHING, Inputs
from lamina.tracing.standing import stand_before

__all__ = ["is_for_showing", "watch_files"]

_IMPORT_SYSTEM = "<frozen importlib"
# Frames of these read sources to rewrite or show them, or for those that stand before them.
_PYTEST = f"{os.sep}_pytest{os.sep}"
_OWN = f"{os.sep}lamina{os.sep}tracing{os.sep}"
_LIBRARY = (dirname(os.__file__), "<frozen")
# Source lines that a message shows: of functions that have run, whose bodies count.
_SHOWING = tuple(f"{dirname(os.__file__)}{os.sep}{name}" for name in ("traceback.py", "warnings.py"))
_DEEPEST = 60
_WRITING = os.O_WRONLY | os.O_RDWR


def watch_files(inputs: Inputs) -> None:
    """From now on, for the rest of the process."""
    handlers = {
        "open": _opened,
        "os.listdir": _asked_for_names,
        "os.scandir": _scanned,
        "os.chdir": _entered,
        "os.mkdir": _made,
        "os.rename": _moved,
        "os.link": _moved,
        "os.symlink": _linked,
        "os.remove": _removed,
        "os.rmdir": _removed,
        "os.truncate": _used,
        "sqlite3.connect": _connected,
        "ctypes.dlopen": _used,
        "cpython.run_file": _used,
    }
    hear(inputs, handlers)
    stand_before(inputs, _open)


def _note(inputs: Inputs, kind: str, path: str | None) -> None:
    relative = inputs.relevant(path) if path is not None else None
    if path is not None and relative is not None:
        inputs.read(kind, path, relative)


def _make(inputs: Inputs, path: str | None) -> None:
    if path is not None and inputs.relevant(path) is not None and not inputs.is_made_here(path):
        inputs.created.add(path)


def _there(path: str) -> int:
    """The kind of file that is there now; 0 for none."""
    try:
        return stat.S_IFMT(lstat(path).st_mode)
    except (OSError, ValueError):
        return 0


# -- one function an event: how each is told, is in the table of audit events in Python's documentation --------------------


def _opened(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    name, mode, flags = arguments
    # With a folder's descriptor beside it `os.open` has told already: this event does not have it.
    if mode is None and sys._getframe(2).f_locals.get("dir_fd") is not None:
        return
    if not isinstance(name, int):
        _open(inputs, inputs.absolute(name), mode, flags, 4)


def _open(inputs: Inputs, path: str | None, mode: str | None, flags: int, depth: int) -> None:
    if path is None or inputs.relevant(path) is None:
        return
    if mode is not None:
        writes, makes, empties = not {*"wxa+"}.isdisjoint(mode), not {*"wxa"}.isdisjoint(mode), "w" in mode
        fails = "x" in mode
    else:
        writes, makes, empties = bool(flags & _WRITING), bool(flags & os.O_CREAT), bool(flags & os.O_TRUNC)
        fails = makes and bool(flags & os.O_EXCL)
    kind = _there(path) if writes else 0
    if writes and makes and (not kind or empties or fails):
        # Nothing of what was there is kept; where the open fails, it is for what is there.
        if kind and (fails or kind == stat.S_IFDIR):
            _note(inputs, "exists", path)
            return
    elif not (path.endswith(".py") and is_for_showing(depth)):
        _note(inputs, "file", path)
    if writes and (kind or makes) and kind != stat.S_IFDIR:
        _make(inputs, path)


def _asked_for_names(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    _listed(inputs, arguments)


def _listed(inputs: Inputs, arguments: tuple[Any, ...]) -> str | None:
    name = arguments[0]
    if sys._getframe(3).f_code.co_filename.startswith(_IMPORT_SYSTEM):
        return None
    path = inputs.opened(name) if isinstance(name, int) else inputs.absolute("." if name is None else name)
    _note(inputs, "list", path)
    return path


def _scanned(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    path = _listed(inputs, arguments)
    # `DirEntry.stat` raises no event. Whoever calls it has its name.
    code = sys._getframe(2).f_code
    if path is not None and "stat" in code.co_names and not code.co_filename.startswith(_LIBRARY):
        for name in listdir(path):
            _note(inputs, "file", f"{path}/{name}")


def _entered(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    if not isinstance(arguments[0], int):
        _note(inputs, "exists", inputs.absolute(arguments[0]))


def _used(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    if not isinstance(arguments[0], int):
        _note(inputs, "file", inputs.absolute(arguments[0]))


def _made(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    path = inputs.absolute(arguments[0], arguments[2])
    if path is not None and _there(path):
        _note(inputs, "exists", path)
    else:
        _make(inputs, path)


def _removed(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    path = inputs.absolute(arguments[0], arguments[1])
    _note(inputs, "exists", path)
    if path is not None and _there(path) not in (0, stat.S_IFDIR):
        _make(inputs, path)


def _moved(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    source, target = inputs.absolute(arguments[0], arguments[2]), inputs.absolute(arguments[1], arguments[3])
    if source is None or target is None:
        return
    _reached(inputs, source)
    if _there(source) and _there(target) != stat.S_IFDIR:
        _make(inputs, target)
        _make(inputs, source)


def _linked(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    place = inputs.absolute(arguments[1], arguments[2])
    if place is None or _there(place):
        return
    _reached(inputs, inputs.absolute(os.path.join(dirname(place), os.fsdecode(arguments[0]))))
    _make(inputs, place)


def _reached(inputs: Inputs, path: str | None) -> None:
    """A file, or all in a folder, can be read by another name from now on."""
    if path is None or inputs.sink is None or inputs.is_made_here(path):
        return
    if _there(path) != stat.S_IFDIR:
        _note(inputs, "file", path)
    elif (inputs.relevant(path) is not None or f"{inputs.root}/".startswith(f"{path}/")) and inputs.is_wanted():
        inputs.add(EVERYTHING)


def _connected(inputs: Inputs, arguments: tuple[Any, ...]) -> None:
    name = arguments[0]
    if isinstance(name, str) and name.startswith("file:"):
        name = name.removeprefix("file:").partition("?")[0]
    if not name or name == ":memory:":
        return
    path = inputs.absolute(name)
    _note(inputs, "file", path)
    for ending in ("", "-journal", "-wal", "-shm"):
        _make(inputs, f"{path}{ending}")


def is_for_showing(depth: int) -> bool:
    """Whether a source is read to be imported, by pytest, or to be shown in a traceback. The standard library reads for
    whoever called it; the nearest that is of neither decides."""
    frame: FrameType | None = sys._getframe(depth)
    for _ in range(_DEEPEST):
        if frame is None:
            return False
        code = frame.f_code
        file = code.co_filename
        if file.startswith(_IMPORT_SYSTEM):
            # `runpy` and `pkgutil` ask loaders as well, but only to have code or a file's content.
            if code.co_name == "exec_module":
                return True
        elif _PYTEST in file or file in _SHOWING:
            return True
        elif _OWN not in file and (not file.startswith(_LIBRARY) or "site-packages" in file):
            return False
        frame = frame.f_back
    return False

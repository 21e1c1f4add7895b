"""What a child process tells the test that started it: a file of lines, each a JSON array, written as things happen.

- `started, number, kind` before a child is started: a `program` or a `fork`;
- `runs, number, pid, words, scripts` when a program was started: its arguments, and where it may lie if it is a script;
- `here, number, pid, words` from the child itself: it traces, and is executed by these words (none for a fork);
- `body, path, content, number`, `input, key`, `module, path`, `name, module`: what it used.

Whoever writes holds a shared lock on the file for as long as the process lives, so that one which still runs is known by it.
"""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from json import dumps, loads

# By value: a test may replace the functions of `os`, and must not see that others call them.
from os import O_APPEND, O_CREAT, O_EXCL, O_RDWR, close, fstat, getpid, mkdir, pread, unlink, write
from os import open as open_file
from typing import Any

__all__ = ["Notes", "append", "create", "is_in_use", "take"]

_CHUNK = 1 << 16


class Notes:
    """The file, opened by a process that writes to it."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._open()

    def write(self, *what: object) -> None:
        """Appends a line; nothing of it is kept back. A process may close what it has not opened, and open something else
        in its place. The file is gone when the test has ended: then nobody wants to know."""
        with suppress(OSError):
            if not self._is_ours():
                self._open()
            write(self._descriptor, (dumps(what) + "\n").encode("ascii"))

    def _open(self) -> None:
        self._descriptor = open_file(self.path, O_RDWR | O_APPEND)
        fcntl.flock(self._descriptor, fcntl.LOCK_SH)
        found = fstat(self._descriptor)
        self._identity = found.st_dev, found.st_ino

    def _is_ours(self) -> bool:
        try:
            found = fstat(self._descriptor)
        except OSError:
            return False
        return (found.st_dev, found.st_ino) == self._identity


def create(folder: str, *line: object) -> str:
    """Makes a file with one line in it and says where it is."""
    try:
        mkdir(folder)
    except FileExistsError:
        pass
    except FileNotFoundError:
        os.makedirs(folder, exist_ok=True)
    path = f"{folder}/{getpid()}-{time.monotonic_ns()}"
    descriptor = open_file(path, O_RDWR | O_APPEND | O_CREAT | O_EXCL, 0o600)
    try:
        write(descriptor, (dumps(line) + "\n").encode("ascii"))
    finally:
        close(descriptor)
    return path


def append(path: str, *line: object) -> None:
    """Adds a line, from the process that made the file."""
    descriptor = open_file(path, O_RDWR | O_APPEND)
    try:
        write(descriptor, (dumps(line) + "\n").encode("ascii"))
    finally:
        close(descriptor)


def is_in_use(path: str) -> bool:
    """Whether a process that writes to the file still lives."""
    descriptor = open_file(path, O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        close(descriptor)
    return False


def take(path: str) -> tuple[list[list[Any]], bool]:
    """The lines about what was used, and whether each child that was started has reported. The file is removed."""
    descriptor = open_file(path, O_RDWR)
    try:
        unlink(path)
        content, place = bytearray(), 0
        while chunk := pread(descriptor, _CHUNK, place):
            content += chunk
            place += len(chunk)
    finally:
        close(descriptor)
    is_whole = content.endswith(b"\n")
    lines: list[list[Any]] = []
    for line in content.split(b"\n")[:-1]:
        try:
            lines.append(loads(line))
        except ValueError:  # a disk that was full
            is_whole = False
    used = [line for line in lines if line[0] in ("body", "input", "module", "name")]
    return used, is_whole and _have_all_reported(lines)


def _have_all_reported(lines: list[list[Any]]) -> bool:
    started = {line[1]: line[2] for line in lines if line[0] == "started"}
    programs = {line[1]: line[2:] for line in lines if line[0] == "runs"}
    here = {line[1]: line[2:] for line in lines if line[0] == "here"}
    for number, kind in started.items():
        if number not in here:
            return False
        if kind == "program":
            pid, words = here[number]
            if (
                number not in programs
                or programs[number][0] != pid
                or not _is_executed_by(words, *programs[number][1:])
            ):
                return False
    return True


def _is_executed_by(words: list[str], asked: list[str], scripts: list[str]) -> bool:
    """Whether the very program that was asked for is the Python that reported: by the words that it was asked for, or those
    that the system makes of the first line of a script. A shell that ends in becoming Python is neither."""
    if words == asked:
        return True
    rest = len(words) - len(asked) + 1
    if rest < 1 or words[rest:] != asked[1:]:
        return False
    if rest == 1:  # chosen by a manager of versions, which stands in `PATH` for it
        return all(os.path.basename(name[0]).startswith("python") for name in (words, asked))
    return words[rest - 1] in scripts

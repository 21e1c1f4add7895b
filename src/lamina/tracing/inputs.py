"""What tests read besides code: files, folders and variables, as keys in the set of whoever collects now.

`sink` is that set; None while nobody collects. `readers` says on whose behalf each key was read: all code of the project that was
at work then, by its id (None among them: nobody knows who else); None while nobody asks.
`created` holds the absolute paths that the running test has itself made:
they are no inputs, nor is anything below a folder among them. Keys are described in `lamina.cache.present`.
"""

from __future__ import annotations

import os

# By value: a test may replace the functions of `os` and `sys`, and must not see that others call them.
from os import fsdecode, fspath, getcwd, readlink
from os.path import dirname, normpath
from sys import _getframe, base_prefix, prefix
from types import CodeType, FrameType

__all__ = ["EVERYTHING", "UNSEEN", "Inputs", "Readers", "Working"]

Working = dict[int, CodeType | None]
Readers = dict[str, Working]

# The key of the whole tree.
EVERYTHING = "everything:"
# Stands for what a child process reads that nobody watches: the whole tree, unless the category's `inputs` say what.
UNSEEN = "unseen:"

# Never inputs: what lamina, version control, Python, pytest and hypothesis keep for themselves.
_SKIPPED = frozenset({".lamina", ".git", "__pycache__", ".pytest_cache", ".hypothesis"})
_SKIPPED_BELOW = ("reports/latest/", "reports/runs/")
# What all that a test does is called from, and what calls what somebody else has begun.
_RUNNER = f"{os.sep}_pytest{os.sep}runner.py"
_LOOPS = os.path.join(dirname(os.__file__), "asyncio", "")
_TRIO = f"{os.sep}trio{os.sep}_core{os.sep}"
# As many links in a path as Linux follows.
_MOST_LINKS = 40


class Inputs:
    """One for the process; `root` is the project's folder."""

    def __init__(self, root: str, cache_dir: str) -> None:
        self.sink: set[str] | None = None
        self.readers: Readers | None = None
        self.created: set[str] = set()
        # Variables that the running test has set itself.
        self.assigned: set[str] = set()
        # Variables that were set by others than the project's own code; None when nobody asks any more.
        self.given: set[str] | None = set()
        # While pytest itself is at work, only what the project's own code reads counts.
        self.picky = False
        self.root = root
        roots = dict.fromkeys((root, os.path.realpath(root)))
        self._roots = tuple(os.path.join(one, "") for one in roots)
        self._outside = tuple(
            os.path.join(path, "") for path in {prefix, base_prefix, cache_dir} if path.startswith(self._roots)
        )
        self._known: dict[str, str | None] = {}
        # Since the test began, or tests began to be collected: folders that were reached by no link, and what links led to.
        self._straight: set[str] = set()
        self._linked: dict[str, list[str]] = {}

    def began(self) -> None:
        """A test begins."""
        self.created.clear()
        self.assigned.clear()
        self._straight.clear()
        self._linked.clear()

    def relevant(self, path: str) -> str | None:
        """The path from the root ("" for the root itself), for an absolute path that may be an input; else None."""
        try:
            return self._known[path]
        except KeyError:
            found = self._known[path] = self._relative(path)
            return found

    def absolute(self, path: object, folder: int | None = None) -> str | None:
        """The path as an absolute one without `..`; None for what is no path, or can't be one (with a zero byte in it). One that is
        relative is so to `folder`, an open descriptor, or to the working directory."""
        if isinstance(path, bytes):
            path = fsdecode(path)
        elif not isinstance(path, str):
            try:
                path = fsdecode(fspath(path))  # type: ignore[call-overload]
            except (TypeError, ValueError):
                return None
        assert isinstance(path, str)
        if "\0" in path:
            return None
        if not path.startswith("/"):
            base = getcwd() if folder is None or folder < 0 else self.opened(folder)
            if base is None:
                return None
            path = f"{base}/{path}"
        if "/." in path or "//" in path or path.endswith("/"):
            path = normpath(path)
            if path.startswith("//"):
                path = path[1:]
        return path

    def opened(self, descriptor: int) -> str | None:
        """The path that a descriptor was opened by. Where the system does not tell, anything may be read by it."""
        try:
            path = readlink(f"/proc/self/fd/{descriptor}")
        except OSError:
            if self.sink is not None and not os.path.isdir("/proc/self/fd"):
                self.add(EVERYTHING)
            return None
        return path if path.startswith("/") else None

    def is_made_here(self, path: str) -> bool:
        """Whether the running test has made the file, or a folder that it is in."""
        if not self.created:
            return False
        while len(path) > 1:
            if path in self.created:
                return True
            path = path.rpartition("/")[0]
        return False

    def is_wanted(self) -> bool:
        """Whether what is read now is an input: always but when picky."""
        return not self.picky or self.is_for_project()

    def is_for_project(self) -> bool:
        """Whether code of the project is at work now, if only as somebody's caller."""
        frame: FrameType | None = _getframe(2)
        while frame is not None:
            if self.relevant(frame.f_code.co_filename) is not None:
                return True
            frame = frame.f_back
        return False

    def read(self, kind: str, path: str, relative: str) -> None:
        """A file was opened, looked for, or listed. A link is an input, and so is what it leads to."""
        sink = self.sink
        if sink is None or self.is_made_here(path):
            return
        key = f"{kind}:{relative}"
        if key in sink:
            self.attribute(key, *self._linked.get(key, ()))
            return
        if not self.is_wanted():
            return
        self.add(key)
        for link, target in self._links(path, len(path) - len(relative)):
            for asked, where in (("exists", link), (kind, target)):
                known = self.relevant(where)
                if known is not None:
                    self.add(f"{asked}:{known}")
                    self._linked.setdefault(key, []).append(f"{asked}:{known}")

    def add(self, key: str) -> None:
        """What is read now has this key."""
        if self.sink is not None:
            self.sink.add(key)
            self.attribute(key)

    def attribute(self, *keys: str) -> None:
        """All of the project's code that is at work now has read these."""
        if self.readers is not None and keys:
            working = self.at_work()
            for key in keys:
                self.readers.setdefault(key, {}).update(working)

    def at_work(self) -> Working:
        """All of the project's code that is at work now, if anybody asks. In another thread, or where an event loop calls, that is
        not all: who began it is not among the frames."""
        found: Working = {}
        if self.readers is None:
            return found
        known, is_whole = self._known, False
        frame: FrameType | None = _getframe(1)
        while frame is not None:
            code = frame.f_code
            file = code.co_filename
            if (known[file] if file in known else self.relevant(file)) is not None:
                found[id(code)] = code
            elif file.endswith(_RUNNER):
                is_whole = True
                break
            elif file.startswith(_LOOPS) or _TRIO in file:
                break
            frame = frame.f_back
        if not is_whole:
            found[0] = None
        return found

    def _links(self, path: str, begin: int) -> list[tuple[str, str]]:
        """The links on the way to a file, as `_links_to` gives them. Files are many, their folders few."""
        folder = dirname(path)
        if folder in self._straight:
            begin = max(begin, len(folder) + 1)
        found = _links_to(path, begin)
        if not found:
            self._straight.add(folder)
        return found

    def _relative(self, path: str) -> str | None:
        for root in self._roots:
            if path.startswith(root):
                relative = path[len(root) :]
                break
            if path == root[:-1]:
                return ""
        else:
            return None
        if path.startswith(self._outside) or "site-packages" in path or relative.endswith((".pyc", ".pyo")):
            return None
        if relative.startswith(_SKIPPED_BELOW) or not _SKIPPED.isdisjoint(relative.split("/")):
            return None
        return relative


def _links_to(path: str, begin: int) -> list[tuple[str, str]]:
    """The links on the way to a file, looked for from that character on: where each is, and the path by its target. Asked of
    the system directly, so that nothing of it is noted."""
    found: list[tuple[str, str]] = []
    while begin < len(path):
        end = path.find("/", begin)
        end = len(path) if end < 0 else end
        begin = end + 1
        try:
            target = readlink(path[:end])
        except (OSError, ValueError):
            continue
        link, path = (
            path[:end],
            normpath(f"{dirname(path[:end])}/{target}{path[end:]}" if target[:1] != "/" else target + path[end:]),
        )
        found.append((link, path))
        begin = 1
        if len(found) == _MOST_LINKS:
            break
    return found

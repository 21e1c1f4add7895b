"""What tests read besides code: files, folders and variables, as keys in the set of whoever collects now.

`sink` is that set; None while nobody collects. `created` holds the absolute paths that the running test has itself made:
they are no inputs, nor is anything below a folder among them. Keys are described in `lamina.cache.present`.
"""

from __future__ import annotations

import os
import sys
from types import FrameType

__all__ = ["Inputs"]

# Never inputs: what lamina, version control, Python and pytest keep for themselves.
_SKIPPED = frozenset({".lamina", ".git", "__pycache__", ".pytest_cache"})
_SKIPPED_BELOW = ("reports/latest", "reports/runs")


class Inputs:
    """One for the process; `root` is the project's folder."""

    def __init__(self, root: str, cache_dir: str) -> None:
        self.sink: set[str] | None = None
        self.created: set[str] = set()
        # Variables that the running test has set itself.
        self.assigned: set[str] = set()
        # While pytest itself is at work, only what the project's own code reads counts.
        self.picky = False
        self.root = root
        roots = dict.fromkeys((root, os.path.realpath(root)))
        self._roots = tuple(os.path.join(one, "") for one in roots)
        self._outside = tuple(
            os.path.join(path, "") for path in {sys.prefix, sys.base_prefix, cache_dir} if path.startswith(self._roots)
        )
        self._known: dict[str, str | None] = {}

    def began(self) -> None:
        """A test begins."""
        self.created.clear()
        self.assigned.clear()

    def relevant(self, path: str) -> str | None:
        """The path from the root ("" for the root itself), for an absolute path that may be an input; else None."""
        try:
            return self._known[path]
        except KeyError:
            found = self._known[path] = self._relative(path)
            return found

    def absolute(self, path: object) -> str | None:
        """The path as an absolute one without `..`; None for descriptors and what is no path."""
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        elif not isinstance(path, str):
            try:
                path = os.fsdecode(os.fspath(path))  # type: ignore[call-overload]
            except (TypeError, ValueError):
                return None
        assert isinstance(path, str)
        if not path.startswith("/"):
            path = f"{os.getcwd()}/{path}"
        if "/." in path or "//" in path or path.endswith("/"):
            path = os.path.normpath(path)
        return path

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
        if not self.picky:
            return True
        frame: FrameType | None = sys._getframe(2)
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
        if key in sink or not self.is_wanted():
            return
        sink.add(key)
        self.sink = None  # finding out where links lead looks at files as well
        real = os.path.realpath(path)
        self.sink = sink
        if real != path:
            target = self.relevant(real)
            if target is not None and target != relative:
                sink.add(f"exists:{relative}")
                sink.add(f"{kind}:{target}")

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

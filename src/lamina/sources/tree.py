"""The walk over the project's files: whether anything differs from the last walk, by stat alone where that is safe.

A folder's entry in the table holds its files (name → modification time, change time, size, inode, fingerprint and, for
Python files, the test modules it imports) and the names in it that git ignores. Names that an earlier walk decided
about are not decided again. It knows nothing of categories.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from typing import Any

from lamina.sources.hashing import hash_file
from lamina.sources.ignoring import Ignoring

__all__ = ["Folder", "Table", "Walk"]

# [modification time ns, change time ns, size, inode, fingerprint, names of test modules imported]
FileEntry = list[Any]
# [files by name, ignored names (folders with a slash at the end)]
Folder = list[Any]
Table = dict[str, Folder]

# Never part of a project's sources: version control, what tools keep for themselves, and what they write about a run.
_SKIPPED = frozenset(
    {
        ".git", ".hg", ".svn", ".bzr", ".jj", "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis",
        ".import_linter_cache", ".tox", ".nox", ".eggs", ".ipynb_checkpoints", "node_modules", "htmlcov", ".coverage",
        ".lamina", "coverage.xml", "coverage.json", "lcov.info", ".DS_Store", ".idea", ".vscode",
    }
)  # fmt: skip
_SKIPPED_BEGINNINGS = (".coverage.", ".doit.db", ".#")
_SKIPPED_ENDINGS = (".egg-info", ".pyc", ".pyo", ".swp", "~")
# What runs write into `reports/`; a project's own templates beside them do count.
_WRITTEN_REPORTS = frozenset({"reports/latest", "reports/runs"})

# A change within one tick of the file system's clock leaves the times as they are, so content hashed this shortly after
# the last change is hashed again next time. Ticks are 10 ms at most, or 2 s where times have no fraction.
_TICK_NS = 50_000_000
_COARSE_TICK_NS = 2_000_000_000


class Walk:
    """Brings `table` up to date with the files below `root`.

    Afterwards `differs` says whether any content or name is another one, `dirty` whether anything in the table is (be
    it only a time), and `rules_differ` whether a `.gitignore` is another one, so that names known from before have to
    be decided about again. Fingerprints of files that are as they were in the table `previous` are taken from there.
    `imports` finds a Python file's imports of test modules.
    """

    def __init__(
        self,
        root: str,
        table: Table,
        cache_dir: str,
        imports: Callable[[bytes], list[str]],
        previous: Table | None = None,
    ) -> None:
        self.differs = False
        self.dirty = False
        self.rules_differ = False
        self._root = root
        self._table = table
        self._cache_dir = cache_dir
        self._imports = imports
        self._previous = previous or {}
        self._ignoring = Ignoring(root)
        self._virtual: list[str] = []

    def run(self) -> None:
        """Walks. Folders that can't be read are empty."""
        waiting = [""]
        visited = set()
        while waiting:
            folder = waiting.pop()
            visited.add(folder)
            waiting.extend(self._scan(folder))
        for made in self._virtual:
            visited = {folder for folder in visited if folder != made and not folder.startswith(f"{made}/")}
        if len(visited) != len(self._table):
            self._drop(visited)

    def _scan(self, folder: str) -> list[str]:
        """Compares one folder's files; returns its folders."""
        table = self._table
        known_folder = table.get(folder)
        if known_folder is None:
            known_folder = table[folder] = [{}, []]
            self.dirty = True
        files, _ = known_folder
        prefix = f"{folder}/" if folder else ""
        found = []
        seen = 0
        unknown = []
        try:
            with os.scandir(self._root + "/" + folder) as entries:
                for entry in entries:
                    name = entry.name
                    known = files.get(name)
                    # This branch is the whole cost of a run in which nothing changed: one dictionary look-up, one stat,
                    # four comparisons for each file.
                    if known is not None:
                        try:
                            now = entry.stat()
                        except OSError:
                            unknown.append(entry)
                            continue
                        if (
                            now.st_mtime_ns == known[0]
                            and now.st_ctime_ns == known[1]
                            and now.st_size == known[2]
                            and now.st_ino == known[3]
                        ):
                            seen += 1
                        else:
                            unknown.append(entry)
                    elif prefix + name in table:
                        if entry.is_dir(follow_symlinks=False):
                            found.append(prefix + name)
                        else:
                            unknown.append(entry)
                    elif name not in _SKIPPED:
                        unknown.append(entry)
        except OSError:
            pass
        if unknown:
            folders, counted = self._look_closer(folder, unknown)
            found.extend(folders)
            seen += counted
        if seen != len(files):
            self._forget_missing(folder, files)
        return found

    def _look_closer(self, folder: str, entries: list[os.DirEntry[str]]) -> tuple[list[str], int]:
        """Entries that are not simply as they were: (folders to walk, how many are files of the table)."""
        files, ignored = self._table[folder]
        prefix = f"{folder}/" if folder else ""
        folders: list[str] = []
        counted = 0
        ignored_names = set(ignored)
        for entry in entries:
            name = entry.name
            path = prefix + name
            is_folder = entry.is_dir(follow_symlinks=False)
            if self._is_skipped(path, name, is_folder):
                continue
            if name == "pyvenv.cfg" and folder:  # a virtual environment was made in a folder that was there before
                self._virtual.append(folder)
            marked = f"{name}/" if is_folder else name
            if name not in files and path not in self._table:
                if marked in ignored_names:
                    continue
                if self._ignoring.ignores(folder, name, is_folder):
                    ignored.append(marked)
                    self.dirty = True
                    continue
            if is_folder:
                folders.append(path)
            elif self._take(files, folder, name):
                counted += 1
                continue
            if name in files:  # it was a file
                self._lose(files, name)
        return folders, counted

    def _is_skipped(self, path: str, name: str, is_folder: bool) -> bool:
        if name in _SKIPPED or name.startswith(_SKIPPED_BEGINNINGS) or name.endswith(_SKIPPED_ENDINGS):
            return True
        if not is_folder:
            return False
        full = f"{self._root}/{path}"
        return path in _WRITTEN_REPORTS or full == self._cache_dir or os.path.exists(f"{full}/pyvenv.cfg")

    def _take(self, files: dict[str, FileEntry], folder: str, name: str) -> bool:
        """Puts a file into the table; False when it is none (a socket, a device, gone already)."""
        path = f"{self._root}/{folder}/{name}"
        now = _status(path)
        if now is None:
            return False
        known = files.get(name)
        times = [now.st_mtime_ns, now.st_ctime_ns, now.st_size, now.st_ino]
        if known is not None and known[:4] == times:
            return True
        self.dirty = True
        earlier = self._previous[folder][0].get(name) if folder in self._previous else None
        if earlier is not None and earlier[:4] == times:
            files[name] = earlier
            self.differs = True
            return True
        began = time.time_ns()
        fingerprint, content = hash_file(path)
        if known is None or known[4] != fingerprint:
            self.differs = True
            self.rules_differ |= name == ".gitignore"
        tick = _TICK_NS if now.st_ctime_ns % 1_000_000_000 else _COARSE_TICK_NS
        if began - now.st_ctime_ns < tick:
            times[1] = 0  # equal to no file's: looked at again next time
        files[name] = [*times, fingerprint, self._imports(content) if name.endswith(".py") else []]
        return True

    def _lose(self, files: dict[str, FileEntry], name: str) -> None:
        del files[name]
        self.dirty = self.differs = True
        self.rules_differ |= name == ".gitignore"

    def _forget_missing(self, folder: str, files: dict[str, FileEntry]) -> None:
        try:
            present = set(os.listdir(f"{self._root}/{folder}"))
        except OSError:
            present = set()
        for name in [name for name in files if name not in present]:
            self._lose(files, name)

    def _drop(self, visited: set[str]) -> None:
        for folder in [folder for folder in self._table if folder not in visited]:
            files = self._table.pop(folder)[0]
            self.dirty = True
            self.differs |= bool(files)
            self.rules_differ |= ".gitignore" in files


def _status(path: str) -> os.stat_result | None:
    """A file's own status, or the link's where it leads to something else; None for what is neither."""
    try:
        found = os.stat(path)
        if stat.S_ISREG(found.st_mode):
            return found
    except OSError:
        pass
    try:
        found = os.lstat(path)
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) or stat.S_ISLNK(found.st_mode) else None

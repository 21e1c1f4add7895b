"""The tree as it was at a revision, asked by key like the present one. What git knows nothing of is as it is now: variables,
distributions, ignored files."""

from __future__ import annotations

import os
from collections.abc import Mapping

from lamina.cache.present import MISSING, Present, link_state
from lamina.sources.revision import Blob, Revision
from lamina.sources.tree import Table

__all__ = ["Past"]

# As many links in a path as Linux follows.
_MOST_LINKS = 40


class Past(Present):
    """`table` is that of the present files."""

    def __init__(
        self, root: str, table: Table, environment: Mapping[str, str], revision: Revision, reports_dir: str = "reports",
        categories: Mapping[str, str] | None = None, databases: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self._contents = {path: _content(revision, table, path) for path in revision.changed}
        super().__init__(root, _at(self._contents, table), environment, reports_dir, categories, databases)
        self._changed = revision.changed
        self._folders = revision.folders

    def content(self, path: str) -> str | None:
        """The fingerprint of a file's content; None when there was no such file."""
        return self._contents[path] if path in self._contents else super().content(path)

    def source(self, path: str) -> bytes | None:
        """A file's content; None when there was no such file."""
        if path in self._changed:
            blob = self._changed[path]
            return blob.content if blob else None
        return super().source(path)

    def _exists(self, path: str) -> str:
        if self._changed.get(path) is not None:
            return self._status(path, self._changed[path])
        if path in self._folders:
            return "folder"
        if path in self._changed or any(other.startswith(f"{path}/") for other in self._changed):
            return MISSING
        return super()._exists(path)

    def _status(self, path: str, blob: Blob | None) -> str:
        assert blob is not None
        if blob.mode == "120000":
            return link_state(os.fsdecode(blob.content), self.root)
        now = super()._exists(path)
        is_program = blob.mode == "100755"
        # git keeps nothing of a file's permissions but whether it can be executed.
        if now.startswith("file ") and bool(int(now[5:], 8) & 0o100) == is_program:
            return now
        return f"file {'755' if is_program else '644'}"

    def _names_in(self, path: str) -> list[str] | None:
        now = super()._names_in(path)
        if now is None and path not in self._folders:
            return None
        names = set(now or ())
        prefix = f"{path}/" if path else ""
        for other in self._changed:
            if other.startswith(prefix):
                name = other.removeprefix(prefix).partition("/")[0]
                if self._exists(prefix + name) == MISSING:
                    names.discard(name)
                else:
                    names.add(name)
        return None if path and self._exists(path) == MISSING else list(names)


def _content(revision: Revision, table: Table, path: str) -> str | None:
    """The fingerprint of a file at the revision; of a link to a file, that file's."""
    for _ in range(_MOST_LINKS):
        blob = revision.changed.get(path)
        if blob is None or blob.mode != "120000":
            return blob.fingerprint if blob else None
        path = os.path.normpath(os.path.join(os.path.dirname(path), os.fsdecode(blob.content)))
        folder, _, name = path.rpartition("/")
        if path not in revision.changed:
            entry = table[folder][0].get(name) if folder in table else None
            return str(entry[4]) if entry else blob.fingerprint
    return None


def _at(contents: Mapping[str, str | None], table: Table) -> Table:
    """The table of the files at the revision; what did not change is shared with that of the present files."""
    then = dict(table)
    copied: set[str] = set()
    for path, fingerprint in contents.items():
        folder, _, name = path.rpartition("/")
        if folder not in copied:
            files, ignored = then.get(folder, ({}, []))
            then[folder] = [dict(files), ignored]
            copied.add(folder)
        if fingerprint is None:
            then[folder][0].pop(name, None)
        else:
            then[folder][0][name] = [0, 0, 0, 0, fingerprint, []]
    return then

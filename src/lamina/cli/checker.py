"""Says to doit whether a file that a task depends on is another one: by XXH3-128 of its content.

A manifest's state is the fingerprint that it had when the snapshot was taken. Another run may write it anew while this
one's tests run; what has passed are the tests of this snapshot, so that is the state to remember.
"""

from __future__ import annotations

import os
from typing import Any, ClassVar

from doit.dependency import FileChangedChecker

from lamina.sources.hashing import hash_file

__all__ = ["XxhChecker"]


class XxhChecker(FileChangedChecker):  # type: ignore[misc]
    """A touched file with the same content is the same file. `known` holds the manifests' fingerprints by path."""

    known: ClassVar[dict[str, str]] = {}

    def exists(self, file_path: str) -> bool:
        """Whether the file is there."""
        return file_path in self.known or os.path.exists(file_path)

    def info(self, file_path: str) -> os.stat_result | None:
        """The file's status; a manifest's is not needed, and need not be there when the cache can't be written."""
        return None if file_path in self.known else os.stat(file_path)

    def check_modified(self, file_path: str, file_stat: os.stat_result | None, state: Any) -> bool:
        """Whether the file differs from `state`, which `get_state` gave earlier."""
        if not isinstance(state, list) or len(state) != 3:
            return True
        if file_stat is None:
            return bool(self.known[file_path] != state[2])
        if file_stat.st_mtime_ns == state[0] and file_stat.st_size == state[1]:
            return False
        return bool(file_stat.st_size != state[1] or hash_file(file_path)[0] != state[2])

    def get_state(self, dep: str, current_state: Any) -> list[Any] | None:
        """[modification time ns, size, fingerprint]; None when it is as in `current_state`."""
        if dep in self.known:
            state = [0, 0, self.known[dep]]
        else:
            status = os.stat(dep)
            state = [status.st_mtime_ns, status.st_size, hash_file(dep)[0]]
        return None if state == current_state else state

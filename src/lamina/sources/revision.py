"""The project's files as they were at a git revision, as far as they differ from those of the working tree."""

from __future__ import annotations

import os
import subprocess
from typing import NamedTuple

from lamina.errors import UsageError
from lamina.sources.hashing import hash_bytes
from lamina.sources.ignoring import git_folder

__all__ = ["Blob", "Revision", "difference_to"]

_GIT_SECONDS = 60


class Blob(NamedTuple):
    """A file as git has it: its mode (as in "100644") and content."""

    mode: str
    content: bytes

    @property
    def fingerprint(self) -> str:
        """That of the content, or of where a link leads."""
        return hash_bytes(b"link " + self.content if self.mode == "120000" else self.content)


class Revision(NamedTuple):
    """`changed` are the paths (relative to the project's root) that differ, with the file that the revision has there, or
    None; `folders` are all folders of the revision."""

    changed: dict[str, Blob | None]
    folders: frozenset[str]


def difference_to(root: str, name: str) -> Revision:
    """From the revision that git knows by this name to the working tree, files that git does not track included. Raises
    UsageError when there is no such revision."""
    if not git_folder(root)[0]:
        raise UsageError(f"since={name}: {root} is not in a git repository")
    commit = _commit(root, name)
    then = _files(root, commit)
    differing = _git(
        root, "diff", "--name-only", "-z", "--no-renames", "--no-ext-diff", "--relative", "--ignore-submodules", commit
    )
    untracked = _git(root, "ls-files", "--others", "--exclude-standard", "-z")
    paths = [os.fsdecode(path) for path in (differing + untracked).split(b"\0") if path]
    contents = _contents(root, [then[path][1] for path in paths if path in then])
    changed = {path: Blob(then[path][0], contents[then[path][1]]) if path in then else None for path in paths}
    folders = {""}
    for path in then:
        while (path := path.rpartition("/")[0]) and path not in folders:
            folders.add(path)
    return Revision(changed, frozenset(folders))


def _commit(root: str, name: str) -> str:
    try:
        found = _git(root, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    except subprocess.CalledProcessError:
        raise UsageError(
            f"since={name}: git knows no such commit; allowed: a branch, a tag, a commit, HEAD~2 and the like"
        ) from None
    return found.decode().strip()


def _files(root: str, commit: str) -> dict[str, tuple[str, str]]:
    """Mode and object of each file below the root."""
    found = {}
    for line in _git(root, "ls-tree", "-r", "-z", commit).split(b"\0"):
        facts, _, path = line.partition(b"\t")
        if path:
            mode, kind, name = facts.decode().split()
            if kind == "blob":
                found[os.fsdecode(path)] = (mode, name)
    return found


def _contents(root: str, objects: list[str]) -> dict[str, bytes]:
    if not objects:
        return {}
    answer = _git(root, "cat-file", "--batch", given="\n".join([*objects, ""]).encode())
    found = {}
    begin = 0
    for name in objects:
        end = answer.index(b"\n", begin)
        size = int(answer[begin:end].split()[2])
        found[name] = answer[end + 1 : end + 1 + size]
        begin = end + size + 2
    return found


def _git(root: str, *words: str, given: bytes = b"") -> bytes:
    try:
        done = subprocess.run(
            ["git", *words], cwd=root, input=given, capture_output=True, timeout=_GIT_SECONDS, check=True
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UsageError(f"since=: git {words[0]} could not be run: {error}") from None
    return done.stdout

"""What git ignores: `.gitignore` files at every depth, `.git/info/exclude`, and files that are tracked all the same.

pathspec takes longer to import than a run in which nothing changed may take, so it is imported when the first name has
to be decided under a folder that has any rules; the decisions are kept in the index.
"""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from lamina.sources.stored_files import read_text

if TYPE_CHECKING:
    from pathspec import GitIgnoreSpec

__all__ = ["Ignoring", "git_folder", "outer_rules", "tracked_although_ignored"]

_GIT_SECONDS = 10


def git_folder(root: str) -> tuple[str, str]:
    """(top of the work tree, git's folder) that `root` belongs to; ("", "") outside git."""
    top = root
    while True:
        found = os.path.join(top, ".git")
        if os.path.isdir(found):
            return top, found
        if text := read_text(found):  # a worktree or a submodule: a file that names the folder
            return top, os.path.join(top, text.removeprefix("gitdir:").strip())
        above = os.path.dirname(top)
        if above == top:
            return "", ""
        top = above


def outer_rules(root: str) -> list[str]:
    """Files with rules for `root` that lie outside it, the weakest first: git's own exclude file and the `.gitignore`s
    of the folders above, up to the top of the work tree."""
    top, git = git_folder(root)
    if not top:
        return []
    common = git.partition("/worktrees/")[0]
    files = [os.path.join(common, "info", "exclude")]
    folder = top
    for part in os.path.relpath(root, top).split(os.sep):
        if part != ".":
            files.append(os.path.join(folder, ".gitignore"))
            folder = os.path.join(folder, part)
    return files


def tracked_although_ignored(root: str) -> frozenset[str]:
    """Paths that git tracks though a rule ignores them: for git, and so here, they are files like any other."""
    if not git_folder(root)[0]:
        return frozenset()
    with suppress(OSError, subprocess.SubprocessError):
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--ignored", "--exclude-standard", "-z"],
            cwd=root, capture_output=True, timeout=_GIT_SECONDS, check=True,
        )  # fmt: skip
        return frozenset(os.fsdecode(name) for name in listed.stdout.split(b"\0") if name)
    return frozenset()


class _Rules(NamedTuple):
    """One file's rules. A path from the root becomes one from that file's folder by leaving off `strip` characters (a
    folder below the root) or by putting `way` before it (one above)."""

    spec: GitIgnoreSpec
    strip: int = 0
    way: str = ""


class Ignoring:
    """Decides about names below `root`; reads each file with rules once."""

    def __init__(self, root: str) -> None:
        self._root = root
        self._rules: dict[str, list[_Rules]] = {}
        self._tracked: frozenset[str] | None = None

    def ignores(self, folder: str, name: str, is_folder: bool) -> bool:
        """Whether git ignores `name` in `folder` (relative to the root, "" for the root itself)."""
        path = f"{folder}/{name}" if folder else name
        for rules in reversed(self._rules_for(folder)):
            inside = rules.way + path[rules.strip :]
            verdict = rules.spec.check_file(f"{inside}/" if is_folder else inside).include
            if verdict is not None:
                return verdict and not self._is_tracked(path, is_folder)
        return False

    def _rules_for(self, folder: str) -> list[_Rules]:
        known = self._rules.get(folder)
        if known is None:
            known = list(self._rules_for(os.path.dirname(folder))) if folder else self._outer()
            own = self._read(os.path.join(self._root, folder, ".gitignore"))
            if own is not None:
                known.append(_Rules(own, strip=len(folder) + 1 if folder else 0))
            self._rules[folder] = known
        return known

    def _outer(self) -> list[_Rules]:
        found = []
        top, _ = git_folder(self._root)
        for file in outer_rules(self._root):
            spec = self._read(file)
            if spec is not None:
                base = os.path.dirname(file) if file.endswith(".gitignore") else top
                way = os.path.relpath(self._root, base)
                found.append(_Rules(spec, way="" if way == "." else f"{way}/"))
        return found

    def _read(self, file: str) -> GitIgnoreSpec | None:
        text = read_text(file)
        lines = [line for line in (text or "").splitlines() if line.strip() and not line.startswith("#")]
        if not lines:
            return None
        from pathspec import GitIgnoreSpec

        good = []
        for line in lines:
            with suppress(ValueError):  # git passes over a line that it can't read, and so do we
                GitIgnoreSpec.from_lines([line])
                good.append(line)
        return GitIgnoreSpec.from_lines(good)

    def _is_tracked(self, path: str, is_folder: bool) -> bool:
        if self._tracked is None:
            self._tracked = tracked_although_ignored(self._root)
        if is_folder:
            return any(name.startswith(f"{path}/") for name in self._tracked)
        return path in self._tracked

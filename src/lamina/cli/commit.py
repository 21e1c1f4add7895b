"""The git commit that a run is about."""

from __future__ import annotations

import os
import subprocess
from contextlib import suppress

from lamina.sources.ignoring import git_folder
from lamina.sources.stored_files import read_text

__all__ = ["commit_of", "commit_with_changes"]

_GIT_SECONDS = 10


def commit_of(root: str) -> str:
    """The commit that is checked out, read from git's files without starting a process; "" outside git."""
    _, git = git_folder(root)
    head = read_text(os.path.join(git, "HEAD")) if git else None
    if head is None:
        return ""
    if not head.startswith("ref:"):
        return head.strip()
    name = head[4:].strip()
    common = os.path.join(git, (read_text(os.path.join(git, "commondir")) or ".").strip())
    text = read_text(os.path.join(git, name)) or read_text(os.path.join(common, name))
    if text is not None:
        return text.strip()
    for line in (read_text(os.path.join(common, "packed-refs")) or "").splitlines():
        if line.endswith(f" {name}"):
            return line.split()[0]
    return ""  # a repository without a commit


def commit_with_changes(root: str) -> str:
    """The same with "+changes" behind it when the work tree differs from it."""
    commit = commit_of(root)
    if not commit:
        return ""
    with suppress(OSError, subprocess.SubprocessError):
        status = subprocess.run(
            ["git", "--no-optional-locks", "status", "--porcelain", "--", "."],
            cwd=root, capture_output=True, timeout=_GIT_SECONDS, check=True,
        )  # fmt: skip
        return f"{commit}+changes" if status.stdout.strip() else commit
    return commit

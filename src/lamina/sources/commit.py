"""The commit that is checked out, as git's files have it."""

from __future__ import annotations

import os

from lamina.sources.ignoring import git_folder
from lamina.sources.stored_files import read_text

__all__ = ["commit_of"]


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

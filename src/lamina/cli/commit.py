"""The git commit that a run is about."""

from __future__ import annotations

import subprocess
from contextlib import suppress

from lamina.sources.commit import commit_of

__all__ = ["commit_of", "commit_with_changes"]

_GIT_SECONDS = 10


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

"""Where that is kept which all worktrees of a git repository share, found from git's own files without running git.

A checkout with a `.git` folder is the main one. Linked ones have a `.git` file that names their own folder in the repository,
in which `commondir` names the repository's (https://git-scm.com/docs/gitrepository-layout).
"""

from __future__ import annotations

import os
import re

from lamina.sources.ignoring import git_folder
from lamina.sources.stored_files import read_text

__all__ = ["shared_folder", "top_of_worktree"]

_BARE = re.compile(r"^\s*bare\s*=\s*(true|yes|on|1)\s*$", re.MULTILINE | re.IGNORECASE)
_WORKTREE = re.compile(r"^\s*worktree\s*=\s*\"?(.+?)\"?\s*$", re.MULTILINE | re.IGNORECASE)


def shared_folder(root: str, folder: str) -> str:
    """The folder that stands for `folder` in all worktrees of the repository that the project at `root` is in.

    That of the main worktree; where there is none, or it does not have the project, one below `lamina` in git's own folder.
    It is `folder` itself in the main worktree, outside of git, when `folder` is not below `root`, and when the shared one
    can't be written. Nothing is made.
    """
    inside = os.path.relpath(folder, root)
    if inside.startswith(os.pardir):
        return folder
    top, git = git_folder(root)
    if not top or os.path.isdir(os.path.join(top, ".git")) or not os.path.isdir(git):
        return folder
    common = os.path.normpath(os.path.join(git, (read_text(os.path.join(git, "commondir")) or ".").strip()))
    project = os.path.relpath(root, top)
    main = _main_worktree(common)
    if main and os.path.isdir(os.path.join(main, project)):
        place = os.path.normpath(os.path.join(main, project, inside))
    else:
        place = os.path.normpath(os.path.join(common, "lamina", project, inside))
    return place if os.path.realpath(place) != os.path.realpath(folder) and _can_be_written(place) else folder


def top_of_worktree(root: str) -> str:
    """The folder of the checkout that `root` is in; `root` itself outside of git."""
    return git_folder(root)[0] or root


def _main_worktree(common: str) -> str:
    """The main worktree of a repository; "" when there is none, or git's files don't tell."""
    texts = [read_text(os.path.join(common, name)) or "" for name in ("config", "config.worktree")]
    if any(_BARE.search(text) for text in texts):
        return ""
    if os.path.basename(common) == ".git":
        return os.path.dirname(common)
    for text in texts:  # a submodule
        if found := _WORKTREE.search(text):
            return os.path.normpath(os.path.join(common, found[1]))
    return ""


def _can_be_written(folder: str) -> bool:
    """Whether the folder is, or could be made, and files in it."""
    while not os.path.exists(folder):
        folder = os.path.dirname(folder)
    return os.path.isdir(folder) and os.access(folder, os.W_OK | os.X_OK)

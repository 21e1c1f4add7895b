"""One coverage file for a run of several categories.

Each category's session measures into a file of its own below the cache, since pytest-cov erases what it finds when it begins.
At the end of the run the files of all categories that were asked for, cached ones included, make up the project's file.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

__all__ = ["combine", "coverage_file"]


def coverage_file(cache_dir: Path, category: str) -> Path:
    """Where the category's session measures into."""
    return cache_dir / "coverage" / category / "data"


def combine(root: Path, cache_dir: Path, categories: Iterable[str]) -> str:
    """Writes the project's coverage file (as its configuration names it) from the categories' files.

    Returns what went wrong, or nothing. The categories' own files are kept, for runs in which they come from cache.
    """
    files = [str(file) for file in (coverage_file(cache_dir, name) for name in categories) if file.exists()]
    if not files:
        return ""
    command = [sys.executable, "-m", "coverage", "combine", "--keep", "--quiet", *files]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, errors="replace", stdin=subprocess.DEVNULL)
    return "" if done.returncode == 0 else f"coverage could not be combined: {(done.stdout + done.stderr).strip()}"

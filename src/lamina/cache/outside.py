"""What tests depend on besides the project's files, kept so that doit can tell at once whether any of it changed.

doit skips a category whose manifests are what they were. Variables that a test reads, folders that it lists, and files that
no manifest has (ignored ones, or some that were looked for and not found) are in none of them; their states are kept
in `.lamina/inputs/<category>.outside.json` when a category is through.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping

from lamina.sources.stored_files import read_text, write_text
from lamina.sources.tree import Table

__all__ = ["is_unchanged", "keep"]


def is_unchanged(cache_dir: str, root: str, category: str, table: Table, environment: Mapping[str, str]) -> bool:
    """Whether all that was kept for the category is what it was; False when nothing was."""
    text = read_text(_path(cache_dir, category))
    if text is None:
        return False
    try:
        kept = json.loads(text)
        if not kept:
            return True
        from lamina.cache.present import Present

        present = Present(root, table, environment)
        return all(present.state(key) == state for key, state in kept.items())
    except (ValueError, AttributeError):
        return False


def keep(cache_dir: str, root: str, category: str, table: Table, environment: Mapping[str, str]) -> bool:
    """Keeps the states as they are now; returns whether it could."""
    from lamina.cache.database import CacheDatabase, cache_file
    from lamina.cache.present import Present

    present = Present(root, table, environment)
    states = {}
    with CacheDatabase(cache_file(root, cache_dir)).reading() as connection:
        if connection is not None:
            for (key,) in connection.execute("select distinct key from items where version is null"):
                kind, _, name = key.partition(":")
                if kind in ("env", "list", "exists") or (kind == "file" and not present.is_listed(name)):
                    states[key] = present.state(key)
    path = _path(cache_dir, category)
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        write_text(path, json.dumps(states, sort_keys=True))
    except OSError:
        return False
    return True


def _path(cache_dir: str, category: str) -> str:
    return os.path.join(cache_dir, "inputs", f"{category}.outside.json")

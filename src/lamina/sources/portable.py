"""Texts that name the checkout, made the same for all checkouts: what depends on its place alone is no difference."""

from __future__ import annotations

import re
import sys
from functools import lru_cache

__all__ = ["portable"]


def portable(text: str, root: str) -> str:
    """`text` with the paths of the project's `root` and of the virtual environment replaced by words. A path is one only
    between what can't be part of it: `/srv/a` is not in `/srv/a-venv`, nor in `/my/srv/a`."""
    if "/" not in text:
        return text
    for pattern, word in _patterns(root, sys.prefix if sys.prefix != sys.base_prefix else ""):
        text = pattern.sub(word, text)
    return text


@lru_cache(maxsize=8)
def _patterns(root: str, prefix: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    # The environment first: it may be one in the checkout, or one elsewhere that several checkouts use.
    named = ((prefix, "{environment}"), (root, "{project}"))
    return tuple(
        (re.compile(rf"(?<![\w.~-]){re.escape(path)}(?![^/:;,\s'\"()\[\]{{}}=&?#])"), word)
        for path, word in named
        if len(path) > 1
    )

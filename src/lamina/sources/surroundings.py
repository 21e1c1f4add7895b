"""What a test's outcome depends on besides files: the interpreter, the installed distributions, a few variables.

A listing of folders, no reading of metadata: names of `*.dist-info` folders hold name and version.
"""

from __future__ import annotations

import os
import sys

__all__ = ["facts"]

# Variables that change what pytest or the interpreter does with the same files.
_VARIABLES = (
    "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTHONPATH", "PYTHONOPTIMIZE", "PYTHONWARNINGS",
    "PYTHONUTF8", "PYTHONDEVMODE", "PYTHONHASHSEED", "PYTHONSAFEPATH", "PYTHONINTMAXSTRDIGITS", "TZ", "LANG", "LANGUAGE",
    "LC_ALL", "LC_CTYPE", "LC_COLLATE", "LC_TIME", "LC_NUMERIC", "LC_MONETARY", "LC_MESSAGES",
)  # fmt: skip
_ENDINGS = (".dist-info", ".egg-info", ".egg-link")


def facts() -> list[tuple[str, str]]:
    """Sorted (name, value) pairs, such as ("distribution attrs", "25.3.0")."""
    found = {
        ("python", sys.version.split()[0]),
        ("python at", sys.prefix),
        ("python for", sys.implementation.cache_tag or ""),
    }
    found.update((f"variable {name}", os.environ[name]) for name in _VARIABLES if os.environ.get(name))
    for folder in dict.fromkeys(sys.path):
        if os.path.basename(folder) not in ("site-packages", "dist-packages"):
            continue
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            if name.endswith(_ENDINGS):
                distribution, _, version = name.rpartition(".")[0].partition("-")
                found.add((f"distribution {distribution}", version))
    return sorted(found)

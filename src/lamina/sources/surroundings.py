"""What a test's outcome depends on besides files: the interpreter, the installed distributions, a few variables.

A listing of folders, next to no reading of metadata: names of `*.dist-info` folders hold name and version.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping

from lamina.sources.portable import portable

__all__ = ["facts"]

# Variables that change what pytest or the interpreter does with the same files.
_VARIABLES = (
    "PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTHONPATH", "PYTHONOPTIMIZE", "PYTHONWARNINGS",
    "PYTHONUTF8", "PYTHONDEVMODE", "PYTHONHASHSEED", "PYTHONSAFEPATH", "PYTHONINTMAXSTRDIGITS", "TZ", "LANG", "LANGUAGE",
    "LC_ALL", "LC_CTYPE", "LC_COLLATE", "LC_TIME", "LC_NUMERIC", "LC_MONETARY", "LC_MESSAGES",
)  # fmt: skip
_ENDINGS = (".dist-info", ".egg-info", ".egg-link")


def facts(root: str = "", environment: Mapping[str, str] = os.environ) -> list[tuple[str, str]]:
    """Sorted (name, value) pairs, such as ("distribution attrs", "25.3.0"). Paths in the project at `root` are the same for
    all its checkouts, and so is a virtual environment with the same distributions."""
    found = {
        ("python", sys.version.split()[0]),
        ("python at", sys.base_prefix),
        ("python in", "a virtual environment" if sys.prefix != sys.base_prefix else "the system"),
        ("python for", f"{sys.implementation.cache_tag} on {sys.platform}, {os.uname().machine}"),
    }
    variables = ((name, environment.get(name, "")) for name in _VARIABLES)
    found.update((f"variable {name}", portable(value, root)) for name, value in variables if value)
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
                found.add((f"distribution {distribution}", version + _source(f"{folder}/{name}", root)))
    return sorted(found)


def _source(folder: str, root: str) -> str:
    """Where a distribution was installed from, unless it was by name and version: one that was built of a folder may be
    another one at the next installation, whatever its version."""
    file = f"{folder}/direct_url.json"  # https://packaging.python.org/specifications/direct-url/
    if not os.path.exists(file):
        return ""
    import json

    try:
        with open(file, encoding="utf-8") as stream:
            told = json.load(stream)
        if "dir_info" in told:
            is_editable = told["dir_info"].get("editable", False)
            return " editable" if is_editable else f" from a folder, {os.stat(folder).st_mtime_ns}"
        detail = told.get("vcs_info", {}).get("commit_id") or told.get("archive_info", {}).get("hash")
        return f" from {portable(told['url'], root)} {detail or os.stat(folder).st_mtime_ns}"
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return " from somewhere"

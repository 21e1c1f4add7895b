"""Whether a process uses code that is neither the project's nor installed: nothing tells when that changes."""

from __future__ import annotations

import os
import sys

__all__ = ["uses_foreign_code"]

_INSTALLED = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")


def uses_foreign_code(root: str) -> bool:
    """Whether a module was imported, or may be by `sys.path`, from somewhere else than the project at `root`, the interpreter
    with its environment, and lamina itself."""
    own = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
    known = {root, sys.prefix, sys.base_prefix, own}
    beginnings = tuple(os.path.join(path, "") for one in known for path in {one, os.path.realpath(one)})
    places = {os.path.dirname(path) for module in list(sys.modules.values()) if (path := _file(module))}
    places.update(path for path in sys.path if os.path.isdir(path))
    return any(not _is_known(os.path.join(os.path.abspath(place), ""), beginnings) for place in places)


def _is_known(place: str, beginnings: tuple[str, ...]) -> bool:
    return place.startswith(beginnings) or any(part in place for part in _INSTALLED)


def _file(module: object) -> str:
    file = getattr(module, "__file__", None)
    # What was made while it ran has names in angle brackets, or of no file.
    return file if isinstance(file, str) and os.path.isfile(file) else ""

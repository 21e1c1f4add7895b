"""Files without a name: shared by descriptor, gone with the last process that has one."""

from __future__ import annotations

import os
import tempfile

__all__ = ["anonymous_file"]


def anonymous_file(name: str) -> int:
    """The descriptor of a new file that nobody else can open."""
    if hasattr(os, "memfd_create"):
        return os.memfd_create(name, 0)
    descriptor, path = tempfile.mkstemp(prefix=f"{name}-")
    os.unlink(path)
    return descriptor

"""Functions in front of others that nobody shall see between a caller and what it called.

A warning belongs to the code that is `stacklevel` frames up, which decides what filters make of it and which file it names; the
frames of the import system are not counted. Nor are they in the traceback of an import that failed.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["unseen"]

_Function = TypeVar("_Function", bound=Callable[..., Any])
_bootstrap: Any = importlib._bootstrap


def unseen(function: _Function) -> _Function:
    """The function itself, whose frames are from now on taken for those of the import system."""
    code: Any = function
    code.__code__ = code.__code__.replace(co_filename=_bootstrap._load_unlocked.__code__.co_filename)
    return function

"""The garbage collector while tests are collected: young objects only, and rarely.

Imports and collection make many objects that stay and few cycles; looking through all of them again and again takes a
tenth of the time. Without any collection the few cycles would cost 2 KB a test.
"""

from __future__ import annotations

import gc

__all__ = ["as_usual", "seldom"]

_YOUNG, _MIDDLE, _ALL = 100_000, 20, 1_000_000
_usual = gc.get_threshold()


def seldom() -> None:
    """From now on."""
    gc.set_threshold(_YOUNG, _MIDDLE, _ALL)


def as_usual() -> None:
    """As tests expect it."""
    gc.set_threshold(*_usual)

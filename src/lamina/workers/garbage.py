"""The garbage collector: seldom at work while tests are collected, and as tests expect it while they run.

Imports and collection make many objects that stay and few cycles; looking through all of them again and again takes a
tenth of the time. Without any collection the few cycles would cost 2 KB a test.

What was there before the fork is frozen, so that no collection touches it and it stays shared. But the collector does not know
of it then: an object that a module has seems to be referred to by nobody, and one that a test takes out of its module is never
collected. So the first test that asks the collector for everything has it all back, and pays for the copies.
"""

from __future__ import annotations

import gc
from functools import wraps
from typing import Any

__all__ = ["as_usual", "in_worker", "seldom", "thaws_if_asked"]

_YOUNG, _MIDDLE, _ALL = 100_000, 20, 1_000_000
_usual = gc.get_threshold()
_OLDEST = 2
_is_worker = False


def seldom() -> None:
    """From now on."""
    gc.set_threshold(_YOUNG, _MIDDLE, _ALL)


def as_usual() -> None:
    """As tests expect it."""
    gc.set_threshold(*_usual)


def thaws_if_asked() -> None:
    """From now on whoever asks for all objects, or for those that refer to one, hears of frozen ones, too; and in a worker
    (`in_worker`) whoever collects everything has them looked through. (pytest collects five times when a session ends, which
    would go through all tests.)"""
    collect, get_objects, get_referrers = gc.collect, gc.get_objects, gc.get_referrers

    @wraps(collect)
    def collect_all(generation: int = _OLDEST) -> int:
        if generation == _OLDEST and _is_worker:
            gc.unfreeze()
        return collect(generation)

    @wraps(get_objects)
    def all_objects(*args: Any, **options: Any) -> list[Any]:
        gc.unfreeze()
        return get_objects(*args, **options)

    @wraps(get_referrers)
    def all_referrers(*objects: Any) -> list[Any]:
        gc.unfreeze()
        return [referrer for referrer in get_referrers(*objects) if referrer is not objects]

    gc.collect, gc.get_objects, gc.get_referrers = collect_all, all_objects, all_referrers


def in_worker() -> None:
    """This process runs tests, and nothing but these asks for anything."""
    global _is_worker
    _is_worker = True

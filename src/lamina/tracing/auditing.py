"""Hears Python's audit events on behalf of those who want to know of some.

One hook for all: it can't be taken away again, and is called for everything that Python tells of. A test that does nothing makes
a dozen events (each look at a function's code is one), nearly all of which nobody asked for, so that is decided first.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Protocol

__all__ = ["hear"]


class Watcher(Protocol):
    """`sink` is None while nothing is to be heard."""

    @property
    def sink(self) -> object | None: ...


Handler = Callable[[Any, tuple[Any, ...]], None]

_listeners: dict[str, tuple[tuple[Watcher, Handler], ...]] = {}


def hear(watcher: Watcher, handlers: Mapping[str, Handler]) -> None:
    """From now on, for the rest of the process: calls a handler with `watcher` and the event's arguments before what the event
    tells of is done. Two frames above the handler's own is the one that does it. What a handler raises is lost: the
    caller's own error is better than ours."""
    if not _listeners:
        sys.addaudithook(_hook)
    for event, handler in handlers.items():
        _listeners[event] = (*_listeners.get(event, ()), (watcher, handler))


def _hook(event: str, arguments: tuple[Any, ...], get: Callable[[str], Any] = _listeners.get) -> None:
    listeners = get(event)
    if listeners is None:
        return
    for watcher, handler in listeners:
        if watcher.sink is not None:
            try:
                handler(watcher, arguments)
            except Exception:
                continue

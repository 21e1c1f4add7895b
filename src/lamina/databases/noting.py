"""Tells lamina's tracer, where one is at work, what a test that uses a database depends on.

A template may have been made by another worker, or days ago: then no test opens the scripts. So every test that asks for
the database depends on the scripts' files, whoever ran them, and on what the configuration says of the database. What is
done to give it to the test (connecting, reading the server's address from a variable) is no dependency.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

__all__ = ["Noting"]

# As `lamina.workers.traces` is known to pytest; not imported, as plain pytest has no tracer.
_TRACES = "lamina-traces"


class Noting:
    """One for a worker; does nothing without a tracer."""

    def __init__(self, config: pytest.Config) -> None:
        traces: Any = config.pluginmanager.get_plugin(_TRACES)
        self._recorder: Any = traces.recorder if traces is not None else None
        self._keys: dict[str, set[str]] = {}

    def uses(self, name: str, look_at: Callable[[], None]) -> None:
        """The running test uses the database; `look_at` opens all that its schema is made from."""
        if self._recorder is None or self._recorder.sink is None:
            return
        keys = self._keys.get(name)
        if keys is None:
            keys = {f"database:{name}"}
            with self._noting_to(keys):
                look_at()
            self._keys[name] = keys
        self._recorder.sink.update(keys)
        self._recorder.inputs.attribute(*keys)

    def unnoted(self) -> Any:
        """What is read meanwhile is no input of the test."""
        return self._noting_to(None)

    @contextmanager
    def _noting_to(self, sink: set[str] | None) -> Iterator[None]:
        if self._recorder is None:
            yield
            return
        inputs = self._recorder.inputs
        outer = inputs.sink, inputs.readers
        inputs.sink, inputs.readers = sink, None
        try:
            yield
        finally:
            inputs.sink, inputs.readers = outer

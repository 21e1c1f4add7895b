"""Puts back what a test changed in its process, and names what it leaves behind.

A test answers for what is different between the moment before its set-up and the moment when the last of its own fixtures was
torn down. What fixtures change that it shares with other tests stays, as long as they live: each of their set-ups and
tear-downs is looked at by itself, and what it changed counts as there before. The same goes for imports, which happen once
in a process: a module that adds its folder to `sys.path` would not do so again for the next test.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from _pytest import fixtures
from _pytest.fixtures import FixtureDef
from _pytest.python import Package

from lamina.tracing.unseen import unseen
from lamina.workers import process_state, temporary
from lamina.workers.protocol import Request
from lamina.workers.remains import Remains

__all__ = ["ISOLATION", "Isolation", "isolate"]


def isolate(session: pytest.Session, request: Request, name: str) -> None:
    """Makes this process, the worker `name`, one whose tests keep what they do to themselves."""
    temporary.use(session.config, request["temporary"], name)
    isolation = Isolation(session, request["restores"])
    isolation.install()
    # Not a plugin: to be registered as one takes a worker a twentieth of its start.
    session.config.stash[ISOLATION] = isolation


class Isolation:
    """Of one worker. `restores` says whether changes are undone or only told."""

    def __init__(self, session: pytest.Session, restores: bool = True) -> None:
        self._stack: Any = session._setupstate
        self._restores = restores
        self._base: process_state.State | None = None
        self._depth = 0
        self._left: list[str] = []
        # The `tmp_path` of the test that ran last, if it had one.
        self.folder = ""
        self._item: Any = None
        self._remains = Remains()
        self._set_up: Callable[[Any], None] = self._stack.setup

    def install(self) -> None:
        """From now on, for the rest of the process."""
        self._stack.setup = self._begin
        kind: Any = FixtureDef
        kind.finish = self._apart(kind.finish, _is_shared)
        fixtures.call_fixture_func = self._apart(fixtures.call_fixture_func, _is_for_shared)
        package: Any = Package
        package.setup = self._apart(package.setup, _always)
        self._watch_imports()

    def take(self) -> list[str]:
        """What the test left that ran last; once."""
        left, self._left = self._left, []
        return left

    def accept(self) -> None:
        """All that runs and is open now is not the next test's."""
        self._remains.all_is_known()

    def forked(self) -> None:
        """This process is a fork of the one that `accept` was called in, with a pipe in addition."""
        self._remains.descriptors_are_known()

    # -- a test ------------------------------------------------------------------------------------------------------

    def _begin(self, item: pytest.Item) -> None:
        """Stands before `SetupState.setup`: everything that pytest and its plugins do around it is not the test's."""
        __tracebackhide__ = True
        self._left = []
        self._item, self.folder = item, ""
        self._depth = 0
        self._base = process_state.read()
        self._remains.test_begins()
        try:
            self._set_up(item)
        finally:
            entry = self._stack.stack.get(item)
            if entry is not None:
                entry[0].insert(0, self._end)  # the first one is called last

    def _end(self) -> None:
        """The test's own fixtures are torn down, those that it shares are not yet."""
        base, self._base = self._base, None
        if base is None:
            return
        values = getattr(self._item, "funcargs", None)
        self.folder = str(values.get("tmp_path", "")) if values else ""
        now = process_state.read()
        if now != base:
            self._left = process_state.differences(base, now)
            if self._restores:
                process_state.put_back(base, now)
        self._left += self._remains.new()

    @contextmanager
    def lasting(self) -> Iterator[None]:
        """While something is made that outlives the test: what changes meanwhile counts as there before it."""
        if self._base is None or self._depth:
            yield
            return
        before = self._set_apart()
        try:
            yield
        finally:
            self._accept(*before)

    def _set_apart(self) -> tuple[process_state.State, Any]:
        self._depth += 1
        return process_state.read(), self._remains.begin()

    def _accept(self, before: process_state.State, remains: Any) -> None:
        if self._base is not None:
            self._base = process_state.merged(self._base, before, process_state.read())
        self._remains.accept(remains)
        self._depth -= 1

    # -- what is not the test's -----------------------------------------------------------------------------------------

    def _apart(self, original: Callable[..., Any], concerns: Callable[..., bool]) -> Callable[..., Any]:
        """A function that does what `original` does; what changes meanwhile counts as there before the test."""

        @unseen
        def apart(*arguments: Any, **named: Any) -> Any:
            __tracebackhide__ = True
            if self._base is None or self._depth or not concerns(*arguments):
                return original(*arguments, **named)
            before = self._set_apart()
            try:
                return original(*arguments, **named)
            finally:
                self._accept(*before)

        return apart

    def _watch_imports(self) -> None:
        """Around the part of an import that is done once for a module."""
        bootstrap: Any = importlib._bootstrap
        bootstrap._load_unlocked = self._apart(bootstrap._load_unlocked, _always)


def _always(*_: Any) -> bool:
    return True


def _is_shared(fixture: Any, *_: Any) -> bool:
    return bool(fixture.scope != "function")


def _is_for_shared(_: Any, request: Any, *__: Any) -> bool:
    return bool(request.scope != "function")


# In the config of a worker.
ISOLATION = pytest.StashKey[Isolation]()

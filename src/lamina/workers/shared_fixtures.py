"""What fixtures used that tests share: a collector for the set-up of each, and one for its teardown.

A shared fixture is set up once, while one test runs; what it used then belongs to every test that uses it, and to the
fixtures that use it. What it uses when it is torn down does, too, when most of these tests have their results already. What a test
leaves to be called at the end of its class, module or session (`request.session.addfinalizer`) is torn down as a fixture is.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import pytest
from _pytest.fixtures import FixtureDef
from _pytest.runner import SetupState

from lamina.tracing.recorder import Collector, Recorder
from lamina.workers.left_files import LeftFiles

__all__ = ["Shared", "SharedFixtures"]

# Numbers of fixtures, which no other process gives: behind them is the number of the process.
_numbers = itertools.count(1)
_PROCESS_BITS = 32


class Shared:
    """What a shared fixture used when it was set up, and the fixtures that it asked for. It has a `number` while there is something
    to be done about its end."""

    def __init__(self) -> None:
        self.collector = Collector()
        self.uses: list[Any] = []
        self.number = 0


class SharedFixtures:
    """Those of this process. `torn_down` is told what a fixture used at its end, and whether that failed, `had` what the test
    that runs has besides its fixtures, `left` of the files that they make. `made` are the paths of those made since it was
    cleared."""

    def __init__(
        self,
        recorder: Recorder,
        torn_down: Callable[[Shared, Collector, bool], None],
        had: Callable[[Shared], None],
        left: LeftFiles,
    ) -> None:
        self.made: set[str] = set()
        self._left = left
        self._recorder = recorder
        self._torn_down = torn_down
        self._had = had
        self._shared: dict[Any, Shared] = {}
        self._setting_up: list[Shared] = []
        self._watch()

    def used_by(self, item: pytest.Item) -> list[Shared]:
        """Those that a test has, also through others, while it still knows its fixtures."""
        request: Any = getattr(item, "_request", None)
        waiting = list(getattr(request, "_fixture_defs", {}).values())
        seen = set(waiting)
        found = []
        while waiting:
            shared = self._shared.get(waiting.pop())
            if shared is not None:
                found.append(shared)
                waiting += [fixture for fixture in shared.uses if fixture not in seen]
                seen.update(shared.uses)
        return found

    @contextmanager
    def making(self) -> Iterator[Shared]:
        """While something is made that tests share."""
        shared = Shared()
        with self._collecting(shared.collector):
            yield shared

    @contextmanager
    def set_up(self, fixture: FixtureDef[Any]) -> Iterator[None]:
        """While a fixture is set up that tests share."""
        outer, finalizers = self._recorder.top, len(fixture._finalizers)
        shared = self._shared[fixture] = Shared()
        self._setting_up.append(shared)
        try:
            with self._collecting(shared.collector):
                yield
        finally:
            self._setting_up.pop()
            self._left.pass_on(shared.collector)
            outer.take_in(shared.collector)
            if len(fixture._finalizers) > finalizers:
                shared.number = _new_number()

    def _tear_down(self, shared: Shared, finish: Callable[[], object]) -> None:
        """What is used meanwhile belongs to the test that runs, too, if one does."""
        outer, collector, has_failed = self._recorder.top, Collector(), True
        try:
            with self._collecting(collector):
                finish()
            has_failed = False
        finally:
            outer.take_in(collector)
            self._torn_down(shared, collector, has_failed)
            shared.number = 0

    @contextmanager
    def _collecting(self, collector: Collector) -> Iterator[None]:
        self._recorder.enter(collector)
        before = set(self._recorder.inputs.created)
        try:
            yield
        finally:
            self._recorder.ended(collector)
            self._recorder.leave(collector)
            made = self._recorder.inputs.created - before
            self._left.note(collector, made)
            self.made |= made

    def _watch(self) -> None:
        """No hook tells that a value is asked for which is there already, nor when a fixture begins to be torn down."""
        execute_now, finish_now, add_now = FixtureDef.execute, FixtureDef.finish, SetupState.addfinalizer

        def execute(fixture: Any, request: Any) -> Any:
            if self._setting_up:
                self._setting_up[-1].uses.append(fixture)
            return execute_now(fixture, request)

        def finish(fixture: Any, request: Any) -> None:
            shared = self._shared.get(fixture)
            if shared is None or not shared.number or fixture.cached_result is None:
                return finish_now(fixture, request)
            return self._tear_down(shared, partial(finish_now, fixture, request))

        def addfinalizer(state: Any, finalizer: Callable[[], object], node: Any) -> None:
            if not (isinstance(node, pytest.Item) or _is_of_fixture(finalizer)):
                shared = Shared()
                shared.number = _new_number()
                self._had(shared)
                finalizer = partial(self._tear_down, shared, finalizer)
            add_now(state, finalizer, node)

        FixtureDef.execute = execute  # type: ignore[method-assign, assignment]
        FixtureDef.finish = finish  # type: ignore[method-assign, assignment]
        SetupState.addfinalizer = addfinalizer  # type: ignore[method-assign, assignment]


def _new_number() -> int:
    return next(_numbers) << _PROCESS_BITS | os.getpid()


def _is_of_fixture(finalizer: Any) -> bool:
    """Whether it is what pytest has called at the end of each fixture."""
    return isinstance(getattr(getattr(finalizer, "func", finalizer), "__self__", None), FixtureDef)

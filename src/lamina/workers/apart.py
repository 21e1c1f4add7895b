"""Strict isolation: each test in a process of its own, forked from its worker once the fixtures are there that it shares.

The worker sets up what the test shares with others, forks, and waits; its child runs the test by pytest's own protocol and ends. So
shared fixtures are set up once, and nothing that a test does to its memory reaches the next one. Shared fixtures are torn down
by the worker, as they would be without.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any, NamedTuple

import pytest
from _pytest.outcomes import TEST_OUTCOME
from _pytest.skipping import evaluate_skip_marks, evaluate_xfail_marks

from lamina.workers import after_fork, stacks
from lamina.workers.forked_child import forked, received, waited
from lamina.workers.isolation import ISOLATION
from lamina.workers.pages import enlarge
from lamina.workers.processes import die_with_parent, signal_name

__all__ = ["Apart", "Ended"]

# What a child's exit status tells besides: that the session is to stop, or how many failures it has counted.
_STOP = 120
_MOST = 100


class Ended(NamedTuple):
    """What became of a child: all of its frame, or how it died, and what it left to tell why."""

    frame: bytes
    died: str = ""
    evidence: str = ""


class Apart:
    """Of one worker. `log` and `seconds` are what setting up the shared fixtures of the next test wrote and took."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._stack: Any = session._setupstate
        manager = session.config.pluginmanager
        self._capture: Any = manager.getplugin("capturemanager")
        self._logging: Any = manager.getplugin("logging-plugin")
        self._isolation = session.config.stash[ISOLATION]
        self._traces: Any = manager.getplugin("lamina-traces")
        self._child = 0
        self.seconds = 0.0
        self._log = ""
        manager.register(self, "lamina-apart")
        stacks.answer_by(self._show_stacks)
        if self._traces is not None:
            self._traces.arm()
        factory: Any = getattr(session.config, "_tmp_path_factory", None)
        if factory is not None:
            factory.getbasetemp()  # once, not by each child, as it is emptied first
        # Bytes that this worker no longer shares with its session.
        self.own = enlarge()

    # -- what the test shares --------------------------------------------------------------------------------------------

    def set_up(self, item: pytest.Item) -> bool:
        """Sets up the fixtures that the test shares with others. What fails is kept by pytest and fails again in the test.
        Returns whether the process may be forked then: not while threads are alive."""
        began = time.perf_counter()
        self._log = ""
        item.location  # noqa: B018  # pytest keeps it: each child that works it out copies 500 KB of what this touches
        if not _is_left_out(item):
            try:
                with self._as_in_a_test(item):
                    self._set_up(item)
            except pytest.exit.Exception:
                raise
            except TEST_OUTCOME:
                pass
        self._isolation.accept()
        self.seconds = time.perf_counter() - began
        return threading.active_count() == 1

    def _set_up(self, item: Any) -> None:
        # The class's own: what stands before it in this process is about whole tests.
        type(self._stack).setup(self._stack, item.parent)
        request: Any = getattr(item, "_request", None)
        if request is None:
            return
        found: dict[str, Any] = getattr(getattr(item, "_fixtureinfo", None), "name2fixturedefs", {})
        # Fixtures are made for tests that are being set up; the child begins to do so itself.
        self._stack.stack[item] = ([], None)
        try:
            for name in item.fixturenames:
                if name in found and found[name] and found[name][-1].scope != "function":
                    request.getfixturevalue(name)
        finally:
            self._stack.stack.pop(item)

    @contextmanager
    def _as_in_a_test(self, item: pytest.Item) -> Generator[None, None, None]:
        """Output stays where the test's own set-up will find it; the log and warnings go with the test."""
        os.environ["PYTEST_CURRENT_TEST"] = f"{item.nodeid} (setup)".replace("\x00", "(null)")
        try:
            with ExitStack() as stack:
                if item.config.pluginmanager.hasplugin("warnings"):
                    from _pytest.warnings import catch_warnings_for_item

                    stack.enter_context(
                        catch_warnings_for_item(config=item.config, ihook=item.ihook, when="runtest", item=item)
                    )
                if self._logging is not None:
                    from _pytest.logging import catching_logs

                    handler = self._logging.report_handler
                    handler.reset()
                    stack.enter_context(catching_logs(handler, level=self._logging.log_level))
                if self._capture is not None:
                    self._capture.resume_global_capture()
                    stack.callback(self._capture.suspend_global_capture, in_=False)
                yield
        finally:
            os.environ.pop("PYTEST_CURRENT_TEST", None)
            if self._logging is not None:
                self._log = self._logging.report_handler.stream.getvalue()

    def add_set_up(self, report: Any) -> None:
        """What the shared fixtures took is part of the set-up."""
        report.duration += self.seconds
        report.start -= self.seconds

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """In the child, after pytest has begun the log of the set-up."""
        if self._log:
            self._logging.report_handler.stream.write(self._log)
            self._log = ""

    # -- the child -------------------------------------------------------------------------------------------------------

    def run(self, item: pytest.Item, inside: Callable[[int, Any], None]) -> Ended:
        """Runs `inside` in a child, with where it is to write its frame, and what to tear down to after the test."""
        read, write = os.pipe()
        parent = os.getpid()
        failed = self._session.testsfailed
        with warnings.catch_warnings():
            # Python warns of any further thread of the process, also of those of C libraries, which survive a fork.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = forked()
        if pid == 0:
            self._be_child(item, inside, write, parent, failed)
        self._child = pid
        os.close(write)
        try:
            frame = received(pid, read)
        finally:
            os.close(read)
            status = waited(pid)
            self._child = 0
        return self._ended(item, frame, status)

    def _be_child(
        self, item: pytest.Item, inside: Callable[[int, Any], None], write: int, parent: int, failed: int
    ) -> None:
        """Never returns."""
        session = self._session
        status = 1
        try:
            # Nothing that the worker has is garbage here: to look through it would copy it.
            gc.freeze()
            die_with_parent(parent)
            stacks.answer()
            after_fork.tear_down_if_asked()
            after_fork.forget_exit_handlers()
            self._isolation.forked()
            if item.parent is not None:
                self._keep_shared(item.parent)
            with suppress(KeyboardInterrupt):
                inside(write, item.parent)
            after_fork.leave(session.config)
            failures = min(session.testsfailed - failed, _MOST)
            status = _STOP if session.shouldfail or session.shouldstop else failures
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            with suppress(BaseException):
                sys.stdout.flush()
                sys.stderr.flush()
            os._exit(status)

    def _keep_shared(self, parent: pytest.Collector | Any) -> None:
        """Whatever comes next, also where pytest would tear everything down: what is shared is the worker's."""
        tear_down = self._stack.teardown_exact
        self._stack.teardown_exact = lambda _: tear_down(parent)

    def _ended(self, item: Any, frame: bytes, status: int) -> Ended:
        if hasattr(item, "_request"):
            # As pytest's protocol does in the child.
            item._request, item.funcargs = False, None
        session = self._session
        if not frame:
            output = self._output()
            died = signal_name(-status) if status < 0 else f"exit status {status}"
            return Ended(b"", died, "\n".join(part for part in (after_fork.last_words(), output) if part))
        self._output()
        if status == _STOP:
            session.shouldfail = session.shouldfail or "a test of its own process says so"
        elif 0 < status <= _MOST:
            session.testsfailed += status
            most = session.config.getvalue("maxfail")
            if most and session.testsfailed >= most:
                session.shouldfail = f"stopping after {session.testsfailed} failures"
        return Ended(frame)

    def _output(self) -> str:
        """Takes what is captured and was not taken by a child."""
        if self._capture is None or self._capture._global_capturing is None:
            return ""
        return "".join(str(text) for text in self._capture.read_global_capture())

    @contextmanager
    def captured(self) -> Generator[list[tuple[str, str]], None, None]:
        """What is written while shared fixtures are torn down, as sections of a report; filled at the end."""
        sections: list[tuple[str, str]] = []
        if self._capture is None or self._capture._global_capturing is None:
            yield sections
            return
        self._capture.resume_global_capture()
        try:
            yield sections
        finally:
            self._capture.suspend_global_capture(in_=False)
            out, err = self._capture.read_global_capture()
            sections += [
                (f"Captured {name} teardown", text) for name, text in (("stdout", out), ("stderr", err)) if text
            ]

    def _show_stacks(self, *_: object) -> None:
        if self._child:
            with suppress(ProcessLookupError):
                os.kill(self._child, stacks.DUMP_SIGNAL)
        else:
            stacks.show()


def _is_left_out(item: pytest.Item) -> bool:
    """Whether pytest will not run the test for what is written at it: its fixtures are not needed then."""
    try:
        if evaluate_skip_marks(item) is not None:
            return True
        expected = evaluate_xfail_marks(item)
    except TEST_OUTCOME:
        return True  # the test itself will say what is wrong
    return expected is not None and not expected.run and not item.config.option.runxfail

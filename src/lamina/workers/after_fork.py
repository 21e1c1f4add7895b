"""What a worker has to set straight right after the fork, before it runs its first test.

A forked worker starts with everything that the session has collected, configured and opened. Most of that is what it
is for; the rest (captured streams, coverage data, exit handlers, reporting plugins) must be its own.
"""

from __future__ import annotations

import atexit
import faulthandler
import os
import signal
import weakref
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, TextIO

import pytest

from lamina.workers import stacks
from lamina.workers.forked import ASKED_TO_END
from lamina.workers.processes import die_with_parent

__all__ = ["forget_exit_handlers", "last_words", "leave", "look_like_xdist", "settle", "tear_down_if_asked"]

# The session re-emits these to its plugins; in a worker only lamina's own (and pytest's counting of failures) listen, so
# that a plugin that writes a report does not write it in every worker too.
_REPORTING_HOOKS = (
    "pytest_runtest_logstart", "pytest_runtest_logreport", "pytest_runtest_logfinish", "pytest_warning_recorded",
)  # fmt: skip


def settle(session: pytest.Session, name: str, workers: int, run_id: str, folder: Path, parent: int) -> None:
    """Makes this process the worker `name` of `workers`; files that tell of its end go to `folder`."""
    os.setpgid(0, 0)
    die_with_parent(parent)
    tear_down_if_asked()
    os.register_at_fork(after_in_child=_end_if_asked)
    stacks.arm(folder / f"{name}.stacks")
    config = session.config
    crash = (folder / f"{name}.crash").open("w", encoding="utf-8")
    _kept.append(crash)
    faulthandler.enable(file=crash)
    look_like_xdist(config, name, workers, run_id)
    _own_capture(config)
    _silence_reporting(config, session, crash)
    forget_exit_handlers()


def tear_down_if_asked() -> None:
    """When this process is asked to end (SIGTERM), it tears its fixtures down before."""
    signal.signal(signal.SIGTERM, _interrupt)


def _end_if_asked() -> None:
    """What a test forks ends at once, and by the signal, as under pytest: `Process.terminate` is seen by the exit code."""
    if signal.getsignal(signal.SIGTERM) is _interrupt:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(*_: object) -> None:
    # pytest lets this one through, so that the worker can still tear its fixtures down.
    raise KeyboardInterrupt(ASKED_TO_END)


# faulthandler only keeps the descriptor.
_kept: list[TextIO] = []


def look_like_xdist(config: pytest.Config, name: str, workers: int, run_id: str) -> None:
    """What plugins and projects read to tell workers apart (database names, ports, log files)."""
    os.environ["PYTEST_XDIST_WORKER"] = name
    os.environ["PYTEST_XDIST_WORKER_COUNT"] = str(workers)
    os.environ["PYTEST_XDIST_TESTRUNUID"] = run_id
    config.workerinput = {  # type: ignore[attr-defined]
        "workerid": name,
        "workercount": workers,
        "testrunuid": run_id,
        "mainargv": ["pytest"],
    }
    config.workeroutput = {}  # type: ignore[attr-defined]


def _own_capture(config: pytest.Config) -> None:
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    if capture is None or capture._global_capturing is None:
        return
    capture.suspend_global_capture(in_=False)
    # Forked processes share the position in the temporary file that output is captured in. The streams stay the same, as modules
    # may have them since they were imported.
    for part in (capture._global_capturing.out, capture._global_capturing.err):
        with suppress(AttributeError, OSError):  # in memory, so its own already, or not captured
            descriptor = part.tmpfile.fileno()
            with TemporaryFile(buffering=0) as own:
                os.dup2(own.fileno(), descriptor, inheritable=False)
    capture.read_global_capture()


def _silence_reporting(config: pytest.Config, session: pytest.Session, crash: TextIO) -> None:
    for hook_name in _REPORTING_HOOKS:
        caller: Any = getattr(config.hook, hook_name)
        for implementation in list(caller.get_hookimpls()):
            if implementation.plugin is not session:
                caller._remove_plugin(implementation.plugin)
    # pytest would replay what was recorded before the fork to the worker's own listener.
    config.hook.pytest_warning_recorded._call_history.clear()  # type: ignore[union-attr]
    reporter: Any = config.pluginmanager.getplugin("terminalreporter")
    if reporter is not None:
        # Plugins that write to the terminal while a test runs do so before they end the process (pytest-timeout).
        reporter._tw._file = crash


def forget_exit_handlers() -> None:
    """What was registered before the fork is the session's to do; what tests register is the worker's."""
    atexit._clear()
    finalizers: Any = weakref.finalize
    for finalizer in list(finalizers._registry):
        finalizer.atexit = False
    if finalizers._registered_with_atexit:
        atexit.register(finalizers._exitfunc)


def save_coverage(config: pytest.Config) -> None:
    """Writes what pytest-cov measured in this worker beside the session's data, where the session combines it."""
    plugin: Any = config.pluginmanager.getplugin("_cov")
    controller: Any = getattr(plugin, "cov_controller", None)
    coverage = getattr(controller, "cov", None)
    if coverage is None:
        return
    with suppress(Exception), controller.ensure_topdir():
        coverage.stop()
        coverage.save()


def leave(config: pytest.Config) -> None:
    """What the interpreter would do at its end for what tests have registered."""
    save_coverage(config)
    with suppress(BaseException):
        atexit._run_exitfuncs()


def last_words() -> str:
    """What a child of this worker that died wrote about it; once."""
    if not _kept:
        return ""
    file = _kept[-1]
    file.flush()
    text = Path(file.name).read_text(encoding="utf-8", errors="replace")
    os.ftruncate(file.fileno(), 0)
    os.lseek(file.fileno(), 0, os.SEEK_SET)
    return text.strip()

"""The pytest plugin of a session: narrows collection to the category, and runs the tests in workers.

Everything else (options, plugins, hooks, reports) is left to pytest and the project's own plugins.
"""

from __future__ import annotations

import os
import time
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

from lamina.workers.channel import Channel
from lamina.workers.claims import Claims
from lamina.workers.protocol import Request, ResultRow
from lamina.workers.reports import collect_row
from lamina.workers.terminal import ClosingPart

__all__ = ["Narrowing", "SessionPlugin"]


class Narrowing:
    """Narrows a pytest run to one category's tests and keeps other distributors out; the same in session and spawned worker."""

    def __init__(self, request: Request, claims: Claims) -> None:
        self._request = request
        self._claims = claims

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> Generator[None, Any, Any]:
        """Before pytest-cov begins to measure: into a file of the category's own, as others may run beside it."""
        if getattr(early_config.known_args_namespace, "cov_source", None):
            file = Path(self._request["coverage_file"])
            file.parent.mkdir(parents=True, exist_ok=True)
            os.environ["COVERAGE_FILE"] = str(file)
        return (yield)

    @pytest.hookimpl(tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> None:
        """Before any plugin looks at the options."""
        option = config.option
        if hasattr(option, "numprocesses"):  # pytest-xdist with `-n` in addopts
            option.numprocesses, option.dist, option.tx, option.distload = None, "no", [], False
        option.usepdb = False  # workers have no terminal
        if self._request["args"]:
            config.args = [os.path.join(self._request["root"], folder) for folder in self._request["args"]]

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """What projects know from pytest-timeout and pytest-xdist works without them."""
        if not config.pluginmanager.hasplugin("timeout"):
            config.addinivalue_line("markers", "timeout(seconds): the test may take this long (lamina).")
        if not config.pluginmanager.hasplugin("xdist"):
            from lamina.workers import xdist_names

            config.addinivalue_line("markers", "xdist_group(name): tests of a group stay with one worker (lamina).")
            config.pluginmanager.register(xdist_names, "lamina-xdist-names")

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leaves files out that are another category's, before they are imported."""
        if collection_path.is_dir():
            return None
        return None if self._claims.may_own(self._relative(collection_path)) else True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> Generator[None, Any, Any]:
        """Drops other categories' tests first, so that the project's own hooks see what they would under `pytest PATHS`."""
        items[:] = [item for item in items if self._claims.owns(item, self._relative(item.path))]
        return (yield)

    def _relative(self, path: Path) -> str:
        try:
            return path.relative_to(self._request["root"]).as_posix()
        except ValueError:
            return path.as_posix()


class SessionPlugin:
    """Registered with pytest for one session. `problem` says why the session could not run its tests (or is empty)."""

    def __init__(self, request: Request, channel: Channel) -> None:
        self.request = request
        self.channel = channel
        self.problem = ""
        self.narrowing = Narrowing(request, Claims(request["claims"], request["category"]))
        self._closing: ClosingPart | None = None
        self._began = time.perf_counter()
        self._collect_rows: list[ResultRow] = []

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """After the terminal reporter is there."""
        self._closing = ClosingPart(config, self.request["color"])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keeps what collection itself comes to: errors, and modules that skip themselves (pytest counts both)."""
        if not report.passed:
            self._collect_rows.append(collect_row(report, report.nodeid.partition("::")[0]))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Runs the collected tests in workers."""
        from lamina.workers.controller import Controller, refuse

        errors = [row["id"] for row in self._collect_rows if row["outcome"] == "error"]
        self.channel.send(
            {
                "kind": "collected",
                "tests": len(session.items),
                "seconds": time.perf_counter() - self._began,
                "errors": errors,
            }
        )
        if self._collect_rows:
            self.channel.send({"kind": "tests", "rows": self._collect_rows})
        if session.testsfailed and not session.config.option.continue_on_collection_errors:
            refuse(session, self.channel, f"{', '.join(errors)} can't be collected")
            return None  # pytest's own loop raises the interruption
        if session.config.option.collectonly:
            return None
        Controller(session, self.request, self.channel).run()
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """The closing part begins before any plugin writes to it."""
        _leave_out_of_pytest_cache(session.config)
        if self._closing is not None:
            self._closing.begin()
        return (yield)

    def pytest_internalerror(self, excrepr: Any) -> None:
        """A fault of a plugin or of pytest itself ends the session; its text is the problem."""
        self.problem = str(excrepr)

    def summary(self) -> str:
        """The closing part of pytest's terminal output."""
        return self._closing.text() if self._closing else ""


def _leave_out_of_pytest_cache(config: pytest.Config) -> None:
    """pytest's cache can't hold ids from file names that are not UTF-8, and would end the session over them."""
    for plugin_name, attribute in (("nfplugin", "cached_nodeids"), ("lfplugin", "lastfailed")):
        known: Any = getattr(config.pluginmanager.getplugin(plugin_name), attribute, None) or ()
        for nodeid in [nodeid for nodeid in known if not _is_utf8(str(nodeid))]:
            known.pop(nodeid) if isinstance(known, dict) else known.discard(nodeid)


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True

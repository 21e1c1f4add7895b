"""The pytest plugin of a session: runs the tests in workers and keeps what pytest says at the end.

Everything else (options, plugins, hooks, reports) is left to pytest and the project's own plugins.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from lamina.databases.declared import DECLARED, Declared
from lamina.tracing.start import Tracing
from lamina.workers import collected, garbage
from lamina.workers.ahead import Ahead
from lamina.workers.channel import Channel
from lamina.workers.claims import Claims
from lamina.workers.narrowing import Narrowing
from lamina.workers.protocol import Request, ResultRow
from lamina.workers.reports import collect_row
from lamina.workers.terminal import ClosingPart
from lamina.workers.traces import Traces

if TYPE_CHECKING:
    from lamina.workers.keeping import Keeper

__all__ = ["SessionPlugin"]


class SessionPlugin:
    """Registered with pytest for one session. `problem` says why the session could not run its tests (or is empty);
    `wrong_input` are the lines of it that are the user's to put right. `is_provisional`: a test was skipped for one of another
    category, or what the results depend on could not be kept as a whole."""

    def __init__(self, request: Request, channel: Channel, tracing: Tracing | None = None) -> None:
        self.request = request
        self.channel = channel
        self.problem = ""
        self.wrong_input: list[str] = []
        self.is_provisional = False
        self._fault = ""
        claims = Claims(request["claims"], request["category"])
        self.narrowing = Narrowing(request, claims)
        self.traces = Traces(tracing) if tracing is not None else None
        self._ahead = Ahead(request, tracing.importing, claims) if tracing is not None else None
        self._keeper: Keeper | None = None
        self._may_cache = False
        self._closing: ClosingPart | None = None
        self._began = time.perf_counter()
        self._collect_rows: list[ResultRow] = []

    @pytest.hookimpl(tryfirst=True)
    def pytest_load_initial_conftests(self, early_config: pytest.Config) -> None:
        """Before anything of the project is imported."""
        if self._ahead is not None:
            self._ahead.begin(early_config)

    @pytest.hookimpl(trylast=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """After the terminal reporter is there."""
        config.stash[DECLARED] = Declared(self.request["databases"], self.request["cache_dir"])
        self._closing = ClosingPart(config, self.request["color"])

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keeps what collection itself comes to: errors, and modules that skip themselves (pytest counts both)."""
        if not report.passed:
            self._collect_rows.append(collect_row(report, report.nodeid.partition("::")[0]))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Runs the collected tests in workers."""
        from lamina.workers.controller import Controller, refuse
        from lamina.workers.elsewhere import looking
        from lamina.workers.faulty_marks import HEADING, lines_of
        from lamina.workers.wishes import wishes_of

        garbage.as_usual()
        if self._ahead is not None:
            self._ahead.end()
        self._may_cache = not session.config.option.collectonly
        errors = [row["id"] for row in self._collect_rows if row["outcome"] == "error"]
        self.channel.send(
            {
                "kind": "collected",
                "tests": len(session.items),
                "seconds": time.perf_counter() - self._began,
                "errors": errors,
                "served": self.narrowing.served,
            }
        )
        collected.keep(self.request["folder"], (item.nodeid for item in session.items))
        if self._collect_rows:
            self.channel.send({"kind": "tests", "rows": self._collect_rows})
        if session.testsfailed and not session.config.option.continue_on_collection_errors:
            refuse(session, self.channel, f"{', '.join(errors)} can't be collected")
            return None  # pytest's own loop raises the interruption
        if session.config.option.collectonly:
            return None
        wishes = wishes_of(session.items, self.request, looking(self.channel))
        self.is_provisional = bool(wishes.provisional)
        if wishes.faults:
            self.wrong_input = lines_of(wishes.faults)
            self.problem = "\n".join([HEADING, *self.wrong_input])
            refuse(session, self.channel, HEADING)
            raise pytest.UsageError(self.problem)
        Controller(session, self.request, self.channel, wishes, self._cache).run()
        return True

    def _cache(self) -> Keeper | None:
        """Where results are kept with what they depended on; the tests that were collected are among it. Opened when it is first
        asked for: by then workers are at work."""
        if self._keeper is None and self.traces is not None and self._may_cache:
            from lamina.workers.keeping import Keeper

            try:
                self._keeper = Keeper(self.request, self.traces)
            except Exception as error:  # a fault of lamina's, or of the machine's, costs the cache and not the run
                self.is_provisional, self._may_cache = True, False
                self.channel.send({"kind": "note", "text": f"no result is cached: {type(error).__name__}: {error}"})
                return None
            self._keeper.collected(self.narrowing.tests, self._collect_rows)
        return self._keeper

    def close(self) -> None:
        """Writes what is left to be kept, and says what went wrong with it."""
        if self._ahead is not None:
            self._ahead.end()  # nothing was collected
        keeper = self._cache()
        if keeper is not None:
            keeper.close()
            self.is_provisional |= not keeper.is_complete
            for note in keeper.notes:
                self.channel.send({"kind": "note", "text": note})

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, Any, Any]:
        """The closing part begins before any plugin writes to it."""
        _leave_out_of_pytest_cache(session.config)
        if self._closing is not None:
            self._closing.begin()
        return (yield)

    def pytest_internalerror(self, excrepr: Any) -> None:
        """A fault of a plugin or of pytest itself ends the session: what it says is the problem, where it was the summary."""
        self._fault = str(excrepr)
        crash = getattr(excrepr, "reprcrash", None)
        self.problem = crash.message if crash is not None else self._fault.strip().rpartition("\n")[2]

    def summary(self) -> str:
        """The closing part of pytest's terminal output."""
        parts = (self._fault, self._closing.text() if self._closing else "")
        return "\n".join(part for part in parts if part)


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

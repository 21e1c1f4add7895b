"""Plays the workers' reports to the session's plugins, as if the tests had run here, and makes rows of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from _pytest.reports import BaseReport, TestReport

from lamina.workers.frames import Frame
from lamina.workers.hand import Hand
from lamina.workers.protocol import ResultRow
from lamina.workers.reports import Location, is_quiet_pass, quiet_row, row_of, unpack

__all__ = ["Reemitter"]

_EMITTED = (
    "pytest_runtest_logstart",
    "pytest_runtest_logreport",
    "pytest_runtest_logfinish",
    "pytest_report_teststatus",
)
# pytest's own plugins that these hooks reach in every session. To a test that merely passed they do nothing that is seen
# here, except that one forgets a recorded failure; so for such tests, most of all tests, the hooks are left out when nobody
# else listens. It halves the session's work.
_PYTEST_PLUGINS = frozenset(
    {"session", "terminalreporter", "logging-plugin", "lfplugin", "runner", "skipping", "subtests", "terminal"}
)

# Bytes that are not worth a word in 100,000 rows.
_LITTLE = 1 << 20


class _Keywords(Mapping[str, int]):
    """An item's keywords as a report has them, looked up when asked: a dict for each of 100,000 tests would cost 50 MB."""

    __slots__ = ("_item",)

    def __init__(self, item: pytest.Item) -> None:
        self._item = item

    def __getitem__(self, name: str) -> int:
        if name in self._item.keywords:
            return 1
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(self._item.keywords)

    def __len__(self) -> int:
        return len(self._item.keywords)


class _Pass(TestReport):
    """The report of a test that merely passed, which pytest keeps to the end to count it: made whole when it is asked anything. Of
    100,000 tests whole ones would take 60 MB."""

    def __init__(self, item: pytest.Item, duration: float, start: float, stop: float) -> None:
        self._item = item
        self._duration, self._start, self._stop = duration, start, stop

    def __getattr__(self, name: str) -> Any:
        item = self.__dict__.get("_item")
        if item is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        whole = unpack(("call", self._duration, self._start, self._stop), item, item.location, _Keywords(item))
        self.__dict__.clear()
        self.__dict__.update(whole.__dict__)
        return getattr(self, name)


class Reemitter:
    """Calls pytest's reporting hooks of the session."""

    def __init__(self, session: pytest.Session) -> None:
        self._session = session
        self._hook = session.config.hook
        manager = session.config.pluginmanager
        self._reporter: Any = manager.getplugin("terminalreporter")
        self._failed_before: dict[Any, bool] = getattr(manager.getplugin("lfplugin"), "lastfailed", {})
        # `--durations` reads all reports at the end.
        wants_all = session.config.getoption("durations", None) is not None
        self._may_be_quiet = self._reporter is not None and not wants_all and not _others_listen(session.config)

    def frame(self, frame: Frame, positions: list[int], worker: str) -> ResultRow | None:
        """One test's reports and warnings. Returns its row; None if the worker was interrupted before it had any."""
        index = positions[frame.position] if frame.position >= 0 else -1 - frame.position
        item = self._session.items[index]
        for warning in frame.warnings:
            self._hook.pytest_warning_recorded.call_historic(
                kwargs={
                    "warning_message": warning["message"],
                    "when": warning["when"],
                    "nodeid": warning["nodeid"],
                    "location": warning["location"],
                }
            )
        if frame.died is not None:
            how, evidence, seconds, since = frame.died
            return self._lost(item, worker, "crashed", f"the test's process died of {how}", evidence, (seconds, since))
        if not frame.reports:
            return None
        if self._may_be_quiet and is_quiet_pass(frame.reports):
            self._count_pass(item, frame)
            row = quiet_row(item.nodeid, frame.location, frame.reports, worker, frame.memory)
            return _with_rest(row, frame)
        reports = [unpack(packed, item, frame.location, _Keywords(item)) for packed in frame.reports]
        self._emit(item, frame.location, reports)
        row = row_of(item.nodeid, frame.location, reports, worker, frame.memory)
        if frame.position < 0:
            # A wider fixture failed at its teardown: another error of a test that has its row already.
            row["outcome"] = "error"
        return _with_rest(row, frame)

    def _count_pass(self, item: pytest.Item, frame: Frame) -> None:
        """What pytest's own plugins would do about a test that merely passed."""
        _, *times = frame.reports[1]
        self._reporter._tests_ran = True
        self._reporter.stats.setdefault("passed", []).append(_Pass(item, *times))
        if self._failed_before:
            self._failed_before.pop(getattr(item, "id", item.nodeid), None)

    def lost(self, item: pytest.Item, hand: Hand, end: str) -> ResultRow:
        """A test whose worker died under it: a failure for pytest's plugins, `crashed` or `timeout` in the results."""
        outcome = "timeout" if hand.verdict == "timeout" else "crashed"
        died = f"the worker died of {end} while the test ran"
        message = f"Timeout: {hand.reason}" if outcome == "timeout" else died
        return self._lost(item, hand.name, outcome, message, hand.evidence, (hand.seconds_lost, hand.lost_since))

    def _lost(
        self, item: pytest.Item, worker: str, outcome: str, message: str, evidence: str, when: tuple[float, float]
    ) -> ResultRow:
        """`when` is how many seconds it had, and since when."""
        text = "\n".join(part for part in (message, evidence) if part)
        report = TestReport(item.nodeid, item.location, {}, "failed", text, "call")
        self._emit(item, item.location, [report])
        row = row_of(item.nodeid, item.location, [report], worker, 0)
        row["outcome"], row["message"] = outcome, message
        row["phases"], row["started"] = (0.0, when[0], 0.0), when[1]
        return row

    def skipped(self, item: pytest.Item, reason: str) -> ResultRow:
        """A test that is skipped before any worker has it."""
        file, line, _ = item.location
        where = (file, 0 if line is None else line + 1, f"Skipped: {reason}")
        report = TestReport(item.nodeid, item.location, dict.fromkeys(item.keywords, 1), "skipped", where, "setup")
        self._emit(item, item.location, [report])
        return row_of(item.nodeid, item.location, [report], "", 0)

    def given_up(self, item: pytest.Item, reason: str) -> ResultRow:
        """A test that failed before any worker had it, since what it needs did not come free: `timeout` in the results."""
        report = TestReport(item.nodeid, item.location, {}, "failed", reason, "setup")
        self._emit(item, item.location, [report])
        row = row_of(item.nodeid, item.location, [report], "", 0)
        row["outcome"], row["message"] = "timeout", reason
        return row

    def _emit(self, item: pytest.Item, location: Location, reports: list[BaseReport]) -> None:
        hook = item.ihook
        hook.pytest_runtest_logstart(nodeid=item.nodeid, location=location)
        for report in reports:
            hook.pytest_runtest_logreport(report=report)
        hook.pytest_runtest_logfinish(nodeid=item.nodeid, location=location)


def _with_rest(row: ResultRow, frame: Frame) -> ResultRow:
    if frame.left:
        row["left"] = list(frame.left)
    if frame.growth > _LITTLE:
        row["growth"] = frame.growth
    return row


def _others_listen(config: pytest.Config) -> bool:
    """Whether any plugin but pytest's own would hear of a test that passed."""
    manager = config.pluginmanager
    return any(
        manager.get_name(implementation.plugin) not in _PYTEST_PLUGINS
        for hook_name in _EMITTED
        for implementation in getattr(config.hook, hook_name).get_hookimpls()
    )

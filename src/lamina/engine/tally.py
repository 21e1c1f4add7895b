"""Makes records of a session's rows: tests, counts, and what the category came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import lru_cache
from sys import intern
from typing import cast

from lamina.history.outcome import CategoryOutcome
from lamina.records import FAILING, Attempt, CategoryRecord, GroupOutcome, Outcome, Section, TestRecord, WorkerSpan
from lamina.workers.protocol import Message, ResultRow

__all__ = ["Tally", "iso"]

# pytest's exit statuses that are about tests: all passed, some failed, interrupted (also by errors of collection), none
# collected. Any other one is an error of the session.
_PASSED, _FAILED, _INTERRUPTED, _NOTHING = 0, 1, 2, 5


def iso(seconds: float) -> str:
    """Seconds since the epoch as ISO 8601 UTC; empty for 0."""
    return (
        datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if seconds
        else ""
    )


class Tally:
    """Takes a session's messages as they come; `outcome` sums up. `why` says why a test was run, given its id and why its
    category was."""

    def __init__(
        self, category: str, layer: str, reason: str, run_began: float,
        why: Callable[[str, str], str] = lambda test, reason: reason,
    ) -> None:  # fmt: skip
        self.tests: dict[str, TestRecord] = {}
        self.spans: list[WorkerSpan] = []
        self.collect_seconds = 0.0
        self.collect_errors: list[str] = []
        self.collected = 0
        self._category = category
        self._layer = layer
        self._reason = reason
        self._run_began = run_began
        self._why = why
        # Sizes of workers, which are the same for many tests in turn.
        self._sizes: dict[int, int] = {}

    def test(self, row: ResultRow) -> TestRecord:
        """The record of a finished test; a second row of the same test adds to the first."""
        record = self._record(row)
        known = self.tests.get(record.id)
        if known is not None and known.outcome != "not_run":
            known.outcome = record.outcome if known.outcome not in FAILING else known.outcome
            known.failure = "\n".join(part for part in (known.failure, record.failure) if part)
            messages = [attempt.message for attempt in (*known.attempts, *record.attempts) if attempt.message]
            known.attempts = (Attempt(known.outcome, known.duration, messages[0] if messages else ""),)
            known.sections += record.sections
            return known
        self.tests[record.id] = record
        return record

    def outcome_of(self, test: str) -> str:
        """What is known of a test so far; empty if that is nothing."""
        known = self.tests.get(_sayable(test))
        return known.outcome if known is not None else ""

    def not_heard_of(self, names: Iterable[str], reason: str) -> None:
        """Of these tests, those that have no outcome yet were not run."""
        for name in names:
            if _sayable(name) not in self.tests:
                file = name.partition("::")[0]
                row = ResultRow(
                    id=name, outcome="not_run", phases=(0.0, 0.0, 0.0), started=0.0, worker="", memory=0, file=file, line=1,
                    message="", failure="", sections=[], reason=reason,
                )  # fmt: skip
                self.test(row)

    def folders(self) -> list[str]:
        """Folders of tests that are to be kept."""
        return [test.folder for test in self.tests.values() if test.folder]

    def _record(self, row: ResultRow) -> TestRecord:
        # Each row comes with its own copies of what thousands of them share.
        setup, call, teardown = map(_microseconds, row["phases"])
        seconds = _microseconds(setup + call + teardown)
        outcome = cast(Outcome, intern(row["outcome"]))
        message = _sayable(row["message"])
        said_nothing = outcome == "passed" and not message
        return TestRecord(
            id=_sayable(row["id"]),
            layer=self._layer,
            category=self._category,
            outcome=outcome,
            duration=seconds,
            attempts=() if outcome == "not_run" or said_nothing else (Attempt(outcome, seconds, message),),
            worker=intern(row["worker"]),
            started=iso(row["started"]),
            memory_peak=self._sizes.setdefault(row["memory"], row["memory"]),
            memory_growth=row.get("growth", 0),
            reason=_sayable(row["reason"] or self._why(row["id"], self._reason)),
            file=intern(_sayable(row["file"])),
            line=row["line"],
            phases=(setup, call, teardown),
            failure=_sayable(row["failure"]),
            folder=_sayable(row.get("folder", "")),
            left_behind=tuple(_sayable(text) for text in row.get("left", ())),
            sections=tuple(Section(_sayable(heading), _sayable(text)) for heading, text in row["sections"]),
            resources=tuple(intern(name) for name in row.get("resources", ())),
            waited=row.get("waited", 0.0),
        )

    def span(self, message: Message) -> None:
        """A worker has ended."""
        self.spans.append(
            WorkerSpan(
                worker=message["worker"],
                category=self._category,
                begin=message["begin"] - self._run_began,
                until=message["until"] - self._run_began,
                end=message["end"],
            )
        )

    def outcome(
        self, status: int, problem: str, summary: str, duration: float, run_id: str, stopped: str
    ) -> CategoryOutcome:
        """What the category came to. `status` is pytest's exit status, `stopped` why lamina ended it (or empty)."""
        counts = Counter[str](test.outcome for test in self.tests.values())
        group, reason = self._verdict(counts, status, problem, stopped)
        record = CategoryRecord(
            name=self._category,
            layer=self._layer,
            outcome=group,
            duration=duration,
            counts=dict(counts),
            reason=_sayable(reason) or self._reason,
            summary=_sayable(summary),
            collect_seconds=self.collect_seconds,
            collect_errors=[_sayable(error) for error in self.collect_errors],
            executed_at=iso(self._run_began),
            executed_run=run_id,
        )
        return CategoryOutcome(record=record, tests=list(self.tests.values()), spans=self.spans)

    def _verdict(self, counts: Counter[str], status: int, problem: str, stopped: str) -> tuple[GroupOutcome, str]:
        if problem:
            return "error", problem
        if self.collect_errors:
            return "error", f"{len(self.collect_errors)} of its files can't be collected"
        if any(counts[outcome] for outcome in FAILING):
            return "failed", stopped
        if stopped:
            return "not_run", stopped
        if status == _NOTHING or (status == _PASSED and not self.tests):
            return "empty", "no test matches"
        if status == _PASSED:
            return "passed", ""
        if status == _FAILED:
            return "failed", "pytest ended with exit status 1 though no test failed (a plugin's threshold?)"
        if status == _INTERRUPTED:
            return "error", "the session was interrupted by a test or a plugin"
        return "error", f"pytest ended with exit status {status}"


@lru_cache(maxsize=2000)
def _briefly(seconds: float) -> float:
    return seconds


def _microseconds(seconds: float) -> float:
    """Rounded; one object for all that take equally long, where that is next to nothing."""
    rounded = round(seconds, 6)
    return _briefly(rounded) if rounded < 0.001 else rounded


def _sayable(text: str) -> str:
    """Lone surrogates (file names that are not UTF-8) as escapes: no store, file or terminal could take them."""
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode()

"""How far a run is: takes its events, gives plain facts that can be shown here or written down for others to show.

Facts are a dict: `at` (epoch seconds), `slots` (all of them), `left_seconds` (about; -1: unknown), and `categories`, each with
name, state ("waiting", "collecting", "running", or what it came to), tests (-1: unknown yet), done, counts, failed (number),
failures (ids, the first of them), seconds, left_seconds, and running (worker, test, seconds).
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from lamina.records import FAILING, CategoryFinished, CategoryStarted, Collected, Event, Running, TestFinished

__all__ = ["Progress"]

_KEPT_FAILURES = 200


class Progress:
    """`expected` are the seconds that categories took last time. Events may come from any thread."""

    def __init__(
        self, categories: Iterable[str], slots: int, expected: Mapping[str, float],
        clock: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._categories = {name: _Category(expected.get(name, 0.0)) for name in categories}
        self._slots = slots
        self._clock = clock
        self._lock = threading.RLock()

    def handle(self, event: Event) -> None:
        """Takes an event."""
        with self._lock:
            if isinstance(event, TestFinished):
                if event.test.category in self._categories:
                    self._categories[event.test.category].finished(event)
            elif isinstance(event, CategoryFinished):
                if event.record.name in self._categories:
                    self._categories[event.record.name].ended(event, self._clock())
            elif isinstance(event, (CategoryStarted, Collected, Running)) and event.category in self._categories:
                self._categories[event.category].moved(event, self._clock())

    def facts(self) -> dict[str, Any]:
        """How far it is now."""
        with self._lock:
            now = self._clock()
            categories = [{"name": name, **one.facts(now)} for name, one in self._categories.items()]
        return {
            "at": now,
            "slots": self._slots,
            "left_seconds": _left(categories),
            "categories": categories,
        }


def _left(categories: list[dict[str, Any]]) -> float:
    """Seconds until the last category is through, if those that wait take their turns one after another; -1: unknown."""
    open_ones = [one for one in categories if one["state"] in ("waiting", "collecting", "running")]
    known = [one for one in open_ones if one["left_seconds"] >= 0]
    if len(known) < len(open_ones):
        return -1.0
    waiting = sum(one["left_seconds"] for one in known if one["state"] == "waiting")
    return float(max((one["left_seconds"] for one in known if one["state"] != "waiting"), default=0.0) + waiting)


class _Category:
    def __init__(self, expected: float) -> None:
        self._expected = expected
        self._state = "waiting"
        self._tests = -1
        self._outcomes = Counter[str]()
        self._counts: dict[str, int] | None = None
        self._failures: list[str] = []
        self._began = self._collected = self._until = 0.0
        self._running: list[tuple[str, str, float]] = []
        self._running_at = 0.0

    def moved(self, event: CategoryStarted | Collected | Running, now: float) -> None:
        if isinstance(event, CategoryStarted):
            self._state, self._began, self._expected = "collecting", now, event.expected_seconds
        elif isinstance(event, Collected):
            self._state, self._tests, self._collected = "running", event.tests, now
        else:
            self._running, self._running_at = event.workers, now

    def finished(self, event: TestFinished) -> None:
        test = event.test
        if event.before:
            self._outcomes[event.before] -= 1
        self._outcomes[test.outcome] += 1
        if test.outcome in FAILING and event.before not in FAILING:
            self._failures.append(test.id)

    def ended(self, event: CategoryFinished, now: float) -> None:
        record = event.record
        self._state, self._counts, self._running, self._until = record.outcome, dict(record.counts), [], now
        self._began = self._began or now

    def facts(self, now: float) -> dict[str, Any]:
        done = self._outcomes.total() - self._outcomes["not_run"]
        return {
            "state": self._state,
            "tests": self._tests,
            "done": done,
            "counts": self._counts if self._counts is not None else dict(+self._outcomes),
            "failed": len(self._failures),
            "failures": self._failures[:_KEPT_FAILURES],
            "seconds": (self._until or now) - self._began if self._began else 0.0,
            "left_seconds": self._left(done, now),
            "running": [[worker, test, seconds + now - self._running_at] for worker, test, seconds in self._running],
        }

    def _left(self, done: int, now: float) -> float:
        if self._until:
            return 0.0
        gone = now - self._began if self._began else 0.0
        if self._expected > gone:
            return self._expected - gone
        if done and self._tests > 0:
            return max(0.0, (now - self._collected) / done * (self._tests - done))
        return -1.0

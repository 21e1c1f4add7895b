"""Keeps results with what they depend on in the cache, from the session's side."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pyroaring import BitMap, FrozenBitMap

from lamina.cache.bounds import Bounds
from lamina.cache.database import cache_file
from lamina.cache.elsewhere import ELSEWHERE
from lamina.cache.origins import Origin
from lamina.cache.present import Present
from lamina.cache.recording import Recording, Result
from lamina.sources import index as index_file
from lamina.sources.commit import commit_of
from lamina.sources.manifests import states_of_databases
from lamina.sources.pytest_settings import read, rule_for_test_files
from lamina.workers.dependencies import Dependencies
from lamina.workers.given_variables import where_variables_come_from
from lamina.workers.items import is_text
from lamina.workers.protocol import Request, ResultRow
from lamina.workers.traces import Trace, Traces

__all__ = ["Keeper"]

# Results that may be served later.
_SERVABLE = frozenset({"passed", "skipped", "xfailed"})


class Keeper:
    """One for a session."""

    def __init__(self, request: Request, traces: Traces) -> None:
        self._request = request
        index = index_file.load(request["cache_dir"], [])
        self._is_test_file = rule_for_test_files(index.pytest or read(request["root"]))
        self._present = Present(
            request["root"], index.table, traces.environment, request["reports_dir"],
            {request["category"]: request["category_state"]},
            states_of_databases({"databases": request["databases"]}),
        )  # fmt: skip
        self._recording = Recording(
            cache_file(request["root"], request["cache_dir"]),
            request["category"],
            Bounds(request["ttl_hours"], request["max_mb"]),
            Origin(request["run_id"], request["root"], os.uname().nodename, commit_of(request["root"])),
        )
        traces.recorder.base.inputs |= where_variables_come_from(traces.given_variables, self._present.files())
        self._dependencies = Dependencies(request, traces, self._recording, self._present)
        # The files and folders that each test looked at. Most tests look at the same: one object for all of these.
        self._written: dict[str, FrozenBitMap] = {}
        self._looked_at: dict[FrozenBitMap, FrozenBitMap] = {}
        self._kept: list[str] = []
        # Who had a shared fixture that is still to be torn down, each with the modules in its reach: often the same.
        self._users: dict[int, dict[str, int]] = defaultdict(dict)
        self._masks: dict[int, int] = {}
        self._has_gaps = self._has_failed = False

    @property
    def is_complete(self) -> bool:
        """Whether what every result depends on was kept."""
        return self._recording.is_complete and not self._has_gaps

    @property
    def notes(self) -> list[str]:
        """What went wrong, a line each."""
        return self._recording.notes

    def collected(self, tests: dict[str, list[str]], rows: list[ResultRow]) -> None:
        """Keeps which tests each file (relative to the root) was found to have. `rows` are files that could not be
        collected, and modules that skip themselves: these stand for themselves, as skipped tests do. What goes wrong with that
        costs what is kept, and not the run."""
        with self._may_fail("which tests there are is not cached"):
            self._keep_files(tests, rows)

    def _keep_files(self, tests: dict[str, list[str]], rows: list[ResultRow]) -> None:
        others = [path for path in tests if not self._is_test_file(path) and is_text(path)]
        self._recording.keep(ELSEWHERE, "", self._recording.shared(frozenset()), frozenset(), sorted(others))
        skipped = {row["id"]: row for row in rows if row["outcome"] == "skipped" and row["id"].endswith(".py")}
        failed = {row["id"].partition("::")[0] for row in rows if row["id"] not in skipped}
        for path, names in [*tests.items(), *((path, [path]) for path in skipped if path not in tests)]:
            if path in failed:
                continue
            if path.endswith(".py") and all(is_text(name) for name in (path, *names)):
                shared, own = self._dependencies.of_file(path)
                self._recording.keep("file", path, shared, own, names)
                if path in skipped:
                    self._recording.keep("test", path, shared, own, self._record(skipped[path]))

    def result(self, item: pytest.Item, row: ResultRow, trace: Trace, clean: bool) -> None:
        """Keeps a result; one that must not be served takes the place of what was kept for the same dependencies. What goes wrong
        with that costs the result, and not the run."""
        self.torn_down(row["worker"], trace)
        with self._may_fail(f"the result of {item.nodeid} is not cached"):
            self._dependencies.know(row["worker"], trace)
            self._keep(item, row, trace, clean)

    def torn_down(self, worker: str, trace: Trace) -> None:
        """Shared fixtures were torn down: what that used counts for all tests that had them. Where it failed, and the error is
        shown for another test, none of these is served. Results of a run that is killed before stay as they are."""
        for number, is_others, torn in trace.torn:
            users = self._users.pop(number, {})
            if is_others:
                self._recording.spoil(users)
            with self._may_fail("results of tests that share a fixture are not cached"):
                try:
                    self._extend(users, worker, torn)
                except Exception:
                    self._recording.drop(users)
                    raise

    def _extend(self, users: dict[str, int], worker: str, torn: Trace) -> None:
        self._dependencies.know(worker, torn)
        mask, items, inherited = self._dependencies.of_trace(worker, torn)
        shared = self._dependencies.shared
        self._recording.extend({name: shared(own | mask) for name, own in users.items()}, frozenset(items), inherited)

    @contextmanager
    def _may_fail(self, loss: str) -> Iterator[None]:
        """Whatever goes wrong in here costs something, which is said the first time."""
        try:
            yield
        except Exception as error:
            if not self._has_failed:
                self.notes.append(f"{loss}: {type(error).__name__}: {error}")
            self._has_failed = self._has_gaps = True

    def _keep(self, item: pytest.Item, row: ResultRow, trace: Trace, clean: bool) -> None:
        if not is_text(item.nodeid + row["message"] + row["reason"] + row["file"]):
            self._has_gaps = True  # a file name that is not UTF-8: the test is run each time
            return
        mask, own, inherited = self._dependencies.of_test(item, row["worker"], trace)
        shared = self._dependencies.shared(mask)
        for number in trace.uses:
            self._users[number][item.nodeid] = self._masks.setdefault(mask, mask)
        if row["outcome"] not in _SERVABLE or not clean:
            self._recording.keep("test", item.nodeid, shared, own, None, inherited)
            return
        self._kept.append(item.nodeid)
        looked_at = FrozenBitMap(self._dependencies.items.looked_at(own, inherited))
        if looked_at:
            self._written[item.nodeid] = self._looked_at.setdefault(looked_at, looked_at)
        self._recording.keep("test", item.nodeid, shared, own, self._record(row), inherited)

    def _record(self, row: ResultRow) -> Result:
        # A file that skips itself has no start; a skipped test's reason stands where a failure's message would.
        message, started = row["message"] or row["reason"], row["started"] or time.time()
        return Result(
            row["outcome"], row["phases"], row["file"], row["line"], row["memory"], message, started, self._request["run_id"]
        )  # fmt: skip

    def write_if_due(self) -> None:
        """Writes results that have waited for others long enough."""
        self._recording.flush_if_due()

    def spoil(self, name: str) -> None:
        """The result of this test must not be served after all."""
        self._recording.spoil([name])

    def close(self) -> None:
        """Writes what is left. A file that changed while tests ran may have been read before or after: what depends on it
        is not kept."""
        with self._may_fail("no result is cached"):
            try:
                self._drop_changed()
            except Exception:
                self._recording.drop(self._kept)
                raise
        self._recording.close()

    def _drop_changed(self) -> None:
        fresh = Present(self._request["root"], {}, {}, self._request["reports_dir"])
        changed = BitMap(
            [
                number
                for key, number in self._dependencies.items.paths.items()
                if fresh.state(key) != self._present.state(key)
            ]
        )
        if changed:
            self._has_gaps = True
            accounted = BitMap().union(*self._looked_at)
            # What is no test's own was read while modules were imported or tests collected, for all of them.
            everyone = not changed <= accounted
            concerned = (name for name, items in self._written.items() if changed.intersect(items))
            self._recording.drop(self._kept if everyone else concerned)

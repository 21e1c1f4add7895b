"""What tests used, from the session's side: makes items of it and keeps it with their results in the cache."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from lamina.cache.bounds import Bounds
from lamina.cache.database import cache_file
from lamina.cache.origins import Origin
from lamina.cache.present import Present
from lamina.cache.recording import Recording, Result
from lamina.sources import index as index_file
from lamina.sources.commit import commit_of
from lamina.sources.manifests import states_of_databases
from lamina.tracing.analysis import Analysis
from lamina.tracing.recorder import HIT_BITS, Collector
from lamina.workers.items import Items, is_text
from lamina.workers.memory import class_of
from lamina.workers.protocol import Request, ResultRow
from lamina.workers.ran_before import RanBefore
from lamina.workers.reach import Reach
from lamina.workers.shared_items import SharedItems
from lamina.workers.traces import Trace, Traces

__all__ = ["Keeper"]

# Results that may be served later.
_SERVABLE = frozenset({"passed", "skipped", "xfailed"})
_BODY = (1 << HIT_BITS) - 1


class Keeper:
    """One for a session."""

    def __init__(self, request: Request, traces: Traces) -> None:
        self._request = request
        self._recorder = traces.recorder
        self._importing = importing = traces.importing
        self._everywhere = traces.everywhere
        table = index_file.load(request["cache_dir"], []).table
        self._present = Present(
            request["root"], table, dict(os.environ), request["reports_dir"],
            {request["category"]: request["category_state"]},
            states_of_databases({"databases": request["databases"]}),
        )  # fmt: skip
        self._recording = Recording(
            cache_file(request["root"], request["cache_dir"]),
            request["category"],
            Bounds(request["ttl_hours"], request["max_mb"]),
            Origin(request["run_id"], request["root"], os.uname().nodename, commit_of(request["root"])),
        )
        self._items = Items(self._recording, self._present, request["inputs"])
        self._reach = Reach(self._recorder, self._present, importing.project_path)
        self._ran = RanBefore()
        self._shared = SharedItems(request, self._recording, self._items, self._recorder, self._reach, self._ran)
        # The files and folders that each test looked at. Most tests look at the same: one object for all of these.
        self._written: dict[str, frozenset[int]] = {}
        self._looked_at: dict[frozenset[int], frozenset[int]] = {}
        self._read: dict[frozenset[str], frozenset[str]] = {}
        self._kept: list[str] = []
        self._starts: dict[str, list[str]] = {}
        self._files: dict[str, dict[int, tuple[str, str, Analysis]]] = defaultdict(dict)
        self._imported: dict[tuple[str, str, int], tuple[frozenset[int], int]] = {}
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

    # -- what is kept ------------------------------------------------------------------------------------------------

    def collected(self, tests: dict[str, list[str]], rows: list[ResultRow]) -> None:
        """Keeps which tests each file (relative to the root) was found to have. `rows` are files that could not be
        collected, and modules that skip themselves: these stand for themselves, as skipped tests do. What goes wrong with that
        costs what is kept, and not the run."""
        with self._may_fail("which tests there are is not cached"):
            self._keep_files(tests, rows)

    def _keep_files(self, tests: dict[str, list[str]], rows: list[ResultRow]) -> None:
        skipped = {row["id"]: row for row in rows if row["outcome"] == "skipped" and row["id"].endswith(".py")}
        failed = {row["id"].partition("::")[0] for row in rows if row["id"] not in skipped}
        for path, names in [*tests.items(), *((path, [path]) for path in skipped if path not in tests)]:
            if path in failed:
                continue
            if path.endswith(".py") and all(is_text(name) for name in (path, *names)):
                mask = self._reach.of(self._start(path))
                own = frozenset({self._items.input(f"conftests:{os.path.dirname(path)}")})
                self._recording.keep("file", path, self._shared.of(mask), own, names)
                if path in skipped:
                    self._recording.keep("test", path, self._shared.of(mask), own, self._record(skipped[path]))

    def result(self, item: pytest.Item, row: ResultRow, trace: Trace, clean: bool) -> None:
        """Keeps a result; one that must not be served takes the place of what was kept for the same dependencies. What goes wrong
        with that costs the result, and not the run."""
        self.torn_down(row["worker"], trace)
        with self._may_fail(f"the result of {item.nodeid} is not cached"):
            self._know(row["worker"], trace)
            self._keep(item, row, trace, clean)

    def torn_down(self, worker: str, trace: Trace) -> None:
        """Shared fixtures were torn down: what that used counts for all tests that had them. Results of a run that is killed
        before stay as they are."""
        for number, torn in trace.torn:
            users = self._users.pop(number, {})
            with self._may_fail("results of tests that share a fixture are not cached"):
                try:
                    self._extend(users, worker, torn)
                except Exception:
                    self._recording.drop(users)
                    raise

    def _extend(self, users: dict[str, int], worker: str, torn: Trace) -> None:
        self._know(worker, torn)
        mask, items = self._used(worker, torn, [])
        self._recording.extend({name: self._shared.of(own | mask) for name, own in users.items()}, frozenset(items))

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
        path = self._importing.project_path(str(item.path)) or ""
        mask, items = self._used(row["worker"], trace, self._start(path))
        items.add(self._items.input(f"conftests:{os.path.dirname(path)}"))
        if not isinstance(item, pytest.Function):
            items.add(self._items.input(f"file:{path}"))  # a doctest, or whatever else a file may hold
        shared, own = self._shared.of(mask), frozenset(items)
        for number in trace.uses:
            self._users[number][item.nodeid] = self._masks.setdefault(mask, mask)
        if row["outcome"] not in _SERVABLE or not clean:
            self._recording.keep("test", item.nodeid, shared, own, None)
            return
        self._kept.append(item.nodeid)
        looked_at = self._items.looked_at(own)
        if looked_at:
            self._written[item.nodeid] = self._looked_at.setdefault(looked_at, looked_at)
        self._recording.keep("test", item.nodeid, shared, own, self._record(row))

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
        changed = {number for key, number in self._items.paths.items() if fresh.state(key) != self._present.state(key)}
        if changed:
            self._has_gaps = True
            accounted: set[int] = set().union(*self._written.values())
            # What is no test's own was read while modules were imported or tests collected, for all of them.
            everyone = not changed <= accounted
            concerned = (name for name, items in self._written.items() if not changed.isdisjoint(items))
            self._recording.drop(self._kept if everyone else concerned)

    # -- a test's dependencies ---------------------------------------------------------------------------------------

    def _know(self, worker: str, trace: Trace) -> None:
        """Takes up which files a trace is the first to speak of."""
        files = self._files[worker]
        for number, path, content in trace.files:
            files[number] = (path, content, self._importing.analysis(path, content))
        for imported in trace.imported:
            self._learn(files, *imported)

    def _used(self, worker: str, trace: Trace, start: Iterable[str]) -> tuple[int, set[int]]:
        """The modules in reach of a trace and of those at `start`, and the other items that it depends on."""
        files = self._files[worker]
        items = self._items.inputs(trace.inputs)
        paths = {*start, *trace.modules}
        mask = 0
        own = []
        for hit in trace.hits:
            file, content, analysis = files[hit >> HIT_BITS]
            number = hit & _BODY
            items.add(self._items.bodies(file, content, analysis)[number])
            paths.add(file)
            own.append(((file, number), analysis.bodies[number]))
            if analysis.bodies[number].imports:
                keys, reached = self._imports_of(file, content, number, analysis)
                items |= keys
                mask |= reached
        items |= self._items.modules(trace.names)
        mask |= self._reach.of(paths)
        self._shared.of(mask)  # what these modules have made is known from here on
        self._remember(files, trace)
        items |= self._shared.hidden(own, self._lasting_objects(mask, files, trace))
        return mask, items

    def _lasting_objects(self, mask: int, files: dict[int, tuple[str, str, Analysis]], trace: Trace) -> frozenset[str]:
        """Classes of which there may be objects that outlive the test: made while a module was imported that it has in
        reach, or for a fixture that it shares."""
        classes = self._shared.lasting(mask)
        if not trace.lasting:
            return classes
        found = set(classes)
        for hit in trace.lasting:
            body = files[hit >> HIT_BITS][2].bodies[hit & _BODY]
            found.add(class_of(body))
            found.update(body.mentions)
        return frozenset(found - {""})

    def _learn(
        self, files: dict[int, tuple[str, str, Analysis]], path: str, hits: Iterable[int], inputs: list[str],
        modules: list[str], names: list[str],
    ) -> None:  # fmt: skip
        """A worker has imported a module that the session has not: what it used by that is known here from now on."""
        collector = Collector()
        collector.inputs.update(inputs)
        collector.modules.update(modules)
        collector.names.update(names)
        for known in files.values():
            if known[0] == path:
                self._recorder.add(*known)
        for hit in hits:
            file = self._recorder.add(*files[hit >> HIT_BITS])
            collector.hits.append((file.number << HIT_BITS) | (hit & _BODY))
        self._recorder.imported(path, collector)
        self._shared.forget(path)
        self._imported.clear()

    def _remember(self, files: dict[int, tuple[str, str, Analysis]], trace: Trace) -> None:
        inputs = frozenset(trace.inputs)
        inputs = self._read.setdefault(inputs, inputs)
        for hit in trace.hits:
            file, content, analysis = files[hit >> HIT_BITS]
            self._ran.add(file, hit & _BODY, content, analysis, inputs)

    def _imports_of(self, path: str, content: str, number: int, analysis: Analysis) -> tuple[frozenset[int], int]:
        """Of the imports in a body: the keys that they are looked for by, and the modules in reach."""
        known = self._imported.get((path, content, number))
        if known is None:
            names = analysis.bodies[number].imports
            targets = [target for name in names for target in self._reach.resolve(name, path)]
            known = (frozenset(self._items.modules(names, path)), self._reach.of(targets))
            self._imported[path, content, number] = known
        return known

    def _start(self, path: str) -> list[str]:
        """The modules that a test of this file is sure to have: the file, the conftests for it, what the session has."""
        if path not in self._starts:
            own = [path] if path.endswith(".py") else []
            self._starts[path] = [*own, *self._present.conftests(os.path.dirname(path)), *self._everywhere]
        return self._starts[path]

"""What tests used, from the session's side: makes items of it and keeps it with their results in the cache."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pytest

from lamina.cache.bounds import Bounds
from lamina.cache.database import cache_file
from lamina.cache.differences import module_keys
from lamina.cache.origins import Origin
from lamina.cache.present import Present, inputs_key
from lamina.cache.recording import Recording, Result, body_key
from lamina.sources import index as index_file
from lamina.sources.commit import commit_of
from lamina.sources.manifests import states_of_databases
from lamina.tracing.blocks import Analysis
from lamina.tracing.foreign import uses_foreign_code
from lamina.tracing.inputs import EVERYTHING, UNSEEN
from lamina.tracing.recorder import HIT_BITS, Collector
from lamina.workers.memory import Memory, class_of
from lamina.workers.protocol import Request, ResultRow
from lamina.workers.reach import Reach
from lamina.workers.traces import Trace, Traces

__all__ = ["Keeper"]

# Results that may be served later.
_SERVABLE = frozenset({"passed", "skipped", "xfailed"})
_PATHS = ("file:", "exists:", "list:")
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
        # What a child process reads that nobody watched.
        self._unseen = inputs_key(request["inputs"]) if request["inputs"] else EVERYTHING
        self._reach = Reach(self._recorder, self._present, importing.project_path)
        self._memory = Memory()
        self._shared: dict[int, int] = {}
        self._lasting: dict[int, frozenset[str]] = {}
        self._made_at_import: dict[str, frozenset[str]] = {}
        self._known_inputs: dict[str, int] = {}
        self._path_inputs: set[int] = set()
        # The files and folders that each test looked at.
        self._written: dict[str, set[int]] = {}
        self._kept: list[str] = []
        self._starts: dict[str, list[str]] = {}
        self._files: dict[str, dict[int, tuple[str, str, Analysis]]] = defaultdict(dict)
        self._bodies: dict[tuple[str, str], list[int]] = {}
        self._imported: dict[tuple[str, str, int], tuple[frozenset[int], int]] = {}
        self._base = self._base_items()

    @property
    def notes(self) -> list[str]:
        """What went wrong, a line each."""
        return self._recording.notes

    # -- what is kept ------------------------------------------------------------------------------------------------

    def collected(self, tests: dict[str, list[str]], rows: list[ResultRow]) -> None:
        """Keeps which tests each file (relative to the root) was found to have. `rows` are files that could not be
        collected, and modules that skip themselves: these stand for themselves, as skipped tests do."""
        skipped = {row["id"]: row for row in rows if row["outcome"] == "skipped" and row["id"].endswith(".py")}
        failed = {row["id"].partition("::")[0] for row in rows if row["id"] not in skipped}
        for path, names in [*tests.items(), *((path, [path]) for path in skipped if path not in tests)]:
            if path in failed:
                continue
            if path.endswith(".py") and all(_is_text(name) for name in (path, *names)):
                mask = self._reach.of(self._start(path))
                own = frozenset({self._input(f"conftests:{os.path.dirname(path)}")})
                self._recording.keep("file", path, self._shared_set(mask), own, names)
                if path in skipped:
                    self._recording.keep("test", path, self._shared_set(mask), own, self._record(skipped[path]))

    def result(self, item: pytest.Item, row: ResultRow, trace: Trace, clean: bool) -> None:
        """Keeps a result; one that must not be served takes the place of what was kept for the same dependencies."""
        if not _is_text(item.nodeid + row["message"] + row["reason"] + row["file"]):
            return  # a file name that is not UTF-8: the test is run each time
        shared, own = self._dependencies(item, row["worker"], trace)
        if row["outcome"] not in _SERVABLE or not clean:
            self._recording.keep("test", item.nodeid, shared, own, None)
            return
        self._kept.append(item.nodeid)
        looked_at = self._path_inputs.intersection(own)
        if looked_at:
            self._written[item.nodeid] = looked_at
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

    def drop(self, names: Iterable[str]) -> None:
        """Forgets all results of these tests."""
        self._recording.drop(names)

    def close(self) -> None:
        """Writes what is left. A file that changed while tests ran may have been read before or after: what depends on it
        is not kept."""
        fresh = Present(self._request["root"], {}, {}, self._request["reports_dir"])
        changed = {
            number
            for key, number in self._known_inputs.items()
            if key.startswith(_PATHS) and fresh.state(key) != self._present.state(key)
        }
        if changed:
            accounted: set[int] = set().union(*self._written.values())
            # What is no test's own was read while modules were imported or tests collected, for all of them.
            everyone = not changed <= accounted
            concerned = (name for name, items in self._written.items() if not changed.isdisjoint(items))
            self._recording.drop(self._kept if everyone else concerned)
        self._recording.close()

    # -- a test's dependencies ---------------------------------------------------------------------------------------

    def _dependencies(self, item: pytest.Item, worker: str, trace: Trace) -> tuple[int, frozenset[int]]:
        files = self._files[worker]
        for number, path, content in trace.files:
            files[number] = (path, content, self._importing.analysis(path, content))
        for imported in trace.imported:
            self._learn(files, *imported)
        path = self._importing.project_path(str(item.path)) or ""
        items = self._inputs(trace.inputs)
        items.add(self._input(f"conftests:{os.path.dirname(path)}"))
        if not isinstance(item, pytest.Function):
            items.add(self._input(f"file:{path}"))  # a doctest, or whatever else a file may hold
        paths = {*self._start(path), *trace.modules}
        mask = 0
        own = []
        for hit in trace.hits:
            file, content, analysis = files[hit >> HIT_BITS]
            number = hit & _BODY
            items.add(self._body_items(file, content, analysis)[number])
            paths.add(file)
            own.append(((file, number), analysis.bodies[number]))
            if analysis.bodies[number].imports:
                keys, reached = self._imports_of(file, content, number, analysis)
                items |= keys
                mask |= reached
        items |= self._names(trace.names)
        mask |= self._reach.of(paths)
        shared = self._shared_set(mask)
        self._remember(files, trace)
        items |= self._hidden(own, self._lasting_objects(mask, files, trace))
        return shared, frozenset(items)

    def _hidden(self, own: list[Any], lasting: frozenset[str]) -> set[int]:
        """What earlier tests may have spared this one."""
        items: set[int] = set()
        read: set[str] = set()
        for place in self._memory.hidden(own, lasting):
            items.add(self._place_item(*place))
            read |= self._memory.inputs(place)
        return items | self._inputs(read)

    def _lasting_objects(self, mask: int, files: dict[int, tuple[str, str, Analysis]], trace: Trace) -> frozenset[str]:
        """Classes of which there may be objects that outlive the test: made while a module was imported that it has in
        reach, or for a fixture that it shares."""
        classes = self._lasting.get(mask)
        if classes is None:
            at_import = (self._made_at_import.get(path, frozenset()) for path in self._reach.paths(mask))
            classes = self._lasting[mask] = frozenset().union(*at_import)
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
        self._reach.forget(path)
        self._modules.pop(path, None)
        self._shared.clear()
        self._lasting.clear()
        self._imported.clear()

    def _remember(self, files: dict[int, tuple[str, str, Analysis]], trace: Trace) -> None:
        inputs = frozenset(trace.inputs)
        for hit in trace.hits:
            file, content, analysis = files[hit >> HIT_BITS]
            self._memory.ran((file, hit & _BODY), analysis.bodies[hit & _BODY], inputs)
            self._places.setdefault(file, (content, analysis))

    def _place_item(self, path: str, number: int) -> int:
        content, analysis = self._places[path]
        return self._body_items(path, content, analysis)[number]

    def _imports_of(self, path: str, content: str, number: int, analysis: Analysis) -> tuple[frozenset[int], int]:
        """Of the imports in a body: the keys that they are looked for by, and the modules in reach."""
        known = self._imported.get((path, content, number))
        if known is None:
            names = analysis.bodies[number].imports
            targets = [target for name in names for target in self._reach.resolve(name, path)]
            known = (frozenset(self._keys_of(names, path)), self._reach.of(targets))
            self._imported[path, content, number] = known
        return known

    def _start(self, path: str) -> list[str]:
        """The modules that a test of this file is sure to have: the file, the conftests for it, what the session has."""
        if path not in self._starts:
            own = [path] if path.endswith(".py") else []
            self._starts[path] = [*own, *self._present.conftests(os.path.dirname(path)), *self._everywhere]
        return self._starts[path]

    # -- sets that many tests share ----------------------------------------------------------------------------------

    def _shared_set(self, mask: int) -> int:
        found = self._shared.get(mask)
        if found is None:
            items = set(self._base)
            for path in self._reach.paths(mask):
                items |= self._module_items(path)
            found = self._shared[mask] = self._recording.shared(frozenset(items))
        return found

    def _module_items(self, path: str) -> frozenset[int]:
        known = self._modules.get(path)
        if known is not None:
            return known
        items: set[int] = set()
        file = self._recorder.by_path.get(path)
        if file is None or not _is_text(path):
            items.add(self._input(f"file:{path}"))
        else:
            version = self._recording.version(path, file.content, file.analysis)
            items.add(self._recording.item(f"module:{path}", file.content, version))
            items.add(self._recording.item(f"effects:{path}", file.analysis.effects, version))
        items |= self._keys_of(self._reach.analysis(path).imports, path)
        self._memory.knows(self._reach.analysis(path))
        seen = self._recorder.imports.get(path)
        if seen is not None:
            items |= self._collector_items(seen)
            bodies = (self._recorder.files[hit >> HIT_BITS].analysis.bodies[hit & _BODY] for hit in seen.hits)
            values = (one for one in self._reach.analysis(path).definitions if one.is_value)
            made = {call for definition in values for call in definition.calls}
            self._made_at_import[path] = frozenset(({class_of(body) for body in bodies} | made) - {""})
        self._modules[path] = frozenset(items)
        return self._modules[path]

    def _base_items(self) -> frozenset[int]:
        self._modules: dict[str, frozenset[int]] = {}
        self._places: dict[str, tuple[str, Analysis]] = {}
        base = self._collector_items(self._recorder.base)
        keys = ["surroundings:", "pytest:", f"category:{self._request['category']}"]
        if uses_foreign_code(self._request["root"]):
            keys.append("checkout:")  # other ones may have other such code
        return frozenset({*base, *(self._input(key) for key in keys)})

    def _collector_items(self, collector: Collector) -> set[int]:
        items = self._inputs(collector.inputs) | self._names(collector.names)
        inputs = frozenset(collector.inputs)
        for hit in set(collector.hits):
            file = self._recorder.files[hit >> HIT_BITS]
            items.add(self._body_items(file.path, file.content, file.analysis)[hit & _BODY])
            self._memory.ran((file.path, hit & _BODY), file.analysis.bodies[hit & _BODY], inputs)
            self._places.setdefault(file.path, (file.content, file.analysis))
        return items

    # -- items -------------------------------------------------------------------------------------------------------

    def _inputs(self, keys: Iterable[str]) -> set[int]:
        found = {self._input(self._unseen if key == UNSEEN else key) for key in keys}
        if UNSEEN in keys:
            found.add(self._input("env:*"))  # such a child has all variables as well
        return found

    def _input(self, key: str) -> int:
        known = self._known_inputs.get(key)
        if known is None:
            known = self._known_inputs[key] = self._new_input(key)
            if key.startswith(_PATHS):
                self._path_inputs.add(known)
        return known

    def _new_input(self, key: str) -> int:
        if not _is_text(key):
            key = EVERYTHING
        return self._recording.item(key, self._present.state(key))

    def _body_items(self, path: str, content: str, analysis: Analysis) -> list[int]:
        known = self._bodies.get((path, content))
        if known is None:
            if not _is_text(path):
                return [self._input(EVERYTHING)] * len(analysis.bodies)
            version = self._recording.version(path, content, analysis)
            known = self._bodies[path, content] = [
                self._recording.item(body_key(path, body.name), body.fingerprint, version) for body in analysis.bodies
            ]
        return known

    def _keys_of(self, names: Iterable[str], importer: str) -> set[int]:
        """Where modules of these names could come from. Of a module outside of the project only the first part counts."""
        found: set[int] = set()
        for name in names:
            keys = module_keys(name, importer)
            if not keys[0].startswith("/") and not self._present.module_files(keys[0]):
                keys = keys[:1]
            found.update(self._input(f"import:{key}") for key in keys)
        return found

    def _names(self, names: Iterable[str]) -> set[int]:
        return self._keys_of(names, "")


def _is_text(name: str) -> bool:
    """Whether the cache can hold the name; file names may be any bytes."""
    return name.isascii() or not any("\ud800" <= character <= "\udfff" for character in name)

"""What a trace comes to: the items that a result depends on, in the numbers of the recording that keeps it."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

import pytest
from pyroaring import BitMap

from lamina.cache.present import Present
from lamina.cache.recording import Recording
from lamina.tracing.analysis import Analysis
from lamina.tracing.recorder import HIT_BITS, Collector
from lamina.workers.body_names import may_make
from lamina.workers.items import Items
from lamina.workers.known_bodies import KnownBodies, Version
from lamina.workers.protocol import Request
from lamina.workers.reach import Reach
from lamina.workers.repeats import Repeats
from lamina.workers.shared_items import SharedItems
from lamina.workers.traces import Trace, Traces

__all__ = ["Dependencies"]

_BODY = (1 << HIT_BITS) - 1


class _Hit(NamedTuple):
    """A body that ran: its number among those that the session knows, its item, its version."""

    number: int
    item: int
    version: Version


class Dependencies:
    """Of a session's tests. Modules in reach are a mask (`Reach`), of which `shared` makes the number of a set of items."""

    def __init__(self, request: Request, traces: Traces, recording: Recording, present: Present) -> None:
        self._recorder = traces.recorder
        self._importing = traces.importing
        self._everywhere = traces.everywhere
        self._present = present
        self.items = Items(recording, present, request["inputs"])
        self._reach = Reach(self._recorder, present, self._importing.project_path)
        self._bodies = KnownBodies()
        self._shared = SharedItems(request, recording, self.items, self._recorder, self._reach, self._bodies)
        self._starts: dict[str, list[str]] = {}
        # By worker: the files that it has told of, and what it calls the bodies there.
        self._files: dict[str, dict[int, tuple[str, str, Analysis]]] = defaultdict(dict)
        self._hits: dict[str, dict[int, _Hit]] = defaultdict(dict)
        self._imported: dict[tuple[str, str, int], tuple[frozenset[int], int]] = {}
        self._repeats: Repeats[tuple[int, frozenset[int], BitMap]] = Repeats()

    def shared(self, mask: int) -> int:
        """The number of the set of items that belongs to these modules."""
        return self._shared.of(mask)

    def of_file(self, path: str) -> tuple[int, frozenset[int]]:
        """What the tests depend on that a file has: a shared set's number, and items of its own."""
        own = frozenset({self.items.input(f"conftests:{os.path.dirname(path)}")})
        return self.shared(self._reach.of(self._start(path))), own

    def of_test(self, item: pytest.Item, worker: str, trace: Trace) -> tuple[int, frozenset[int], BitMap]:
        """The modules in a test's reach, the items of its own, and those that it inherits from earlier tests."""
        path = self._importing.project_path(str(item.path)) or ""
        is_code = isinstance(item, pytest.Function)
        key = (path, is_code, *_said(trace))
        changes = self._shared.memory.changes(worker)
        found = None if trace.imported else self._repeats.get(worker, changes, key)
        if found is None:
            found = self._of_test(path, is_code, worker, trace)
            if self._shared.memory.changes(worker) == changes:
                self._repeats.put(worker, changes, key, found)
        return found

    def _of_test(self, path: str, is_code: bool, worker: str, trace: Trace) -> tuple[int, frozenset[int], BitMap]:
        mask, items, inherited = self.of_trace(worker, trace, self._start(path))
        items.add(self.items.input(f"conftests:{os.path.dirname(path)}"))
        if not is_code:
            items.add(self.items.input(f"file:{path}"))  # a doctest, or whatever else a file may hold
        return mask, frozenset(items), inherited

    def know(self, worker: str, trace: Trace) -> None:
        """Takes up which files a trace is the first to speak of."""
        files = self._files[worker]
        for number, path, content in trace.files:
            if number in files and files[number][:2] != (path, content):
                self._hits[worker].clear()  # another process has taken the worker's place
                self._repeats.forget()
            files[number] = (path, content, self._importing.analysis(path, content))
        for imported in trace.imported:
            self._learn(files, *imported)

    def of_trace(self, worker: str, trace: Trace, start: Iterable[str] = ()) -> tuple[int, set[int], BitMap]:
        """The modules in reach of a trace and of those at `start`, the other items that it depends on, and those that it
        inherits from earlier ones."""
        items = self.items.inputs(trace.inputs)
        paths = {*start, *trace.modules}
        hits = self._hits_of(worker, trace.hits)
        for hit in hits:
            items.add(hit.item)
            paths.add(hit.version.path)
        items |= self.items.modules(trace.names)
        mask = self._reach.of(paths) | self._imported_by(items, (hit.version for hit in hits))
        self._shared.of(mask)  # what these modules have made is known from here on
        lasting = self._hits_of(worker, trace.lasting)
        own = BitMap([hit.number for hit in hits])
        fixtures = BitMap([hit.number for hit in lasting])
        hidden, answers = self._shared.hidden(own, self._lasting_objects(mask, lasting), fixtures, worker=worker)
        mask |= self._imported_by(items, hidden.importing)
        self._remember(worker, own, trace, answers)
        return mask, items, hidden.items

    def _imported_by(self, items: set[int], versions: Iterable[Version]) -> int:
        """The modules in reach of the imports in bodies; what these look for is added to `items`."""
        mask = 0
        for version in versions:
            if version.analysis.bodies[version.place].imports:
                keys, reached = self._imports_of(version)
                items |= keys
                mask |= reached
        return mask

    def _hits_of(self, worker: str, numbers: Iterable[int]) -> list[_Hit]:
        known = self._hits[worker]
        return [known[number] if number in known else self._hit(worker, number) for number in numbers]

    def _hit(self, worker: str, number: int) -> _Hit:
        path, content, analysis = self._files[worker][number >> HIT_BITS]
        version = Version(path, content, analysis, number & _BODY)
        item = self.items.bodies(path, content, analysis)[version.place]
        hit = _Hit(self._bodies.number(version), item, version)
        if not self._bodies.is_test(hit.number):
            self._hits[worker][number] = hit
        return hit

    def _lasting_objects(self, mask: int, lasting: list[_Hit]) -> frozenset[str]:
        """Classes, with their bases, of which there may be objects that outlive the test: made while a module was imported that it
        has in reach, or for a fixture that it shares, whose bodies are `lasting`."""
        classes = self._shared.lasting(mask)
        if not lasting:
            return classes
        found = set(classes)
        for hit in lasting:
            body = hit.version.analysis.bodies[hit.version.place]
            found.add(body.class_name)
            found.update(may_make(body))
        return self._shared.memory.with_bases(frozenset(found - {""}))

    def _learn(
        self, files: dict[int, tuple[str, str, Analysis]], path: str, hits: Iterable[int], inputs: list[str],
        modules: list[str], names: list[str],
    ) -> None:  # fmt: skip
        """A worker has imported a module, maybe one that the session has not: what it used by that is known here from now on.
        What says nothing new changes nothing: an import that was done before any test was spared nothing by tests."""
        before = self._recorder.by_path.get(path)
        collector = Collector()
        collector.inputs.update(inputs)
        collector.modules.update(modules)
        collector.names.update(names)
        for file_known in files.values():
            if file_known[0] == path:
                self._recorder.add(*file_known)
        for hit in hits:
            file = self._recorder.add(*files[hit >> HIT_BITS])
            collector.hits.append((file.number << HIT_BITS) | (hit & _BODY))
        known = self._recorder.imports.get(path)
        if known is not None and known.has(collector) and self._recorder.by_path.get(path) is before:
            return
        self._recorder.imported(path, collector)
        self._shared.forget(path)
        self._imported.clear()
        self._repeats.forget()

    def _remember(self, worker: str, own: BitMap, trace: Trace, answers: frozenset[int]) -> None:
        imported = {hit for _, hits, *_ in trace.imported for hit in hits}
        behind = BitMap([hit.number for hit in self._hits_of(worker, imported)])
        readers = {key: [hit.number for hit in self._hits_of(worker, hits)] for key, hits in trace.read_by}
        self._shared.memory.learn(own, frozenset(trace.inputs), answers, behind, readers, worker)

    def _imports_of(self, version: Version) -> tuple[frozenset[int], int]:
        """Of the imports in a body: the keys that they are looked for by, and the modules in reach."""
        path, content, analysis, place = version
        known = self._imported.get((path, content, place))
        if known is None:
            names = analysis.bodies[place].imports
            targets = [target for name in names for target in self._reach.resolve(name, path)]
            known = (frozenset(self.items.modules(names, path)), self._reach.of(targets))
            self._imported[path, content, place] = known
        return known

    def _start(self, path: str) -> list[str]:
        """The modules that a test of this file is sure to have: the file, the conftests for it, what the session has."""
        if path not in self._starts:
            own = [path] if path else []
            self._starts[path] = [*own, *self._present.conftests(os.path.dirname(path)), *self._everywhere]
        return self._starts[path]


def _said(trace: Trace) -> tuple[object, ...]:
    """All that a trace says of what its test used, if it has imported nothing."""
    return (
        trace.hits.tobytes(), trace.lasting.tobytes(), *map(tuple, (trace.inputs, trace.modules, trace.names)), trace.read_by,
    )  # fmt: skip

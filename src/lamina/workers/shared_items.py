"""Items that many tests have in common: of the modules in their reach, and of the session itself."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from typing import NamedTuple

from pyroaring import BitMap

from lamina.cache.recording import Recording
from lamina.tracing.analysis import Analysis, Definition
from lamina.tracing.foreign import uses_foreign_code
from lamina.tracing.made_up import MENTION
from lamina.tracing.recorder import HIT_BITS, Collector, File, Recorder
from lamina.workers.body_names import keys, may_make
from lamina.workers.items import Items, is_text
from lamina.workers.known_bodies import KnownBodies, Version
from lamina.workers.memory import EVERYBODY, Memory
from lamina.workers.protocol import Request
from lamina.workers.reach import Reach

__all__ = ["Hidden", "SharedItems"]

_BODY = (1 << HIT_BITS) - 1
_NO_NAMES: frozenset[str] = frozenset()
# The bases of classes whose objects are made with them.
_ENUMS = frozenset({"Enum", "IntEnum", "StrEnum", "Flag", "IntFlag"})
# Stands for a module where hooks of pytest are meant, which ran before any test and whose objects all tests may have.
_BEFORE_TESTS = ""


class Hidden(NamedTuple):
    """What earlier tests may have spared somebody: the items of bodies and of what was read for them, and those of these
    bodies that import something."""

    bodies: BitMap
    read: BitMap
    items: BitMap
    importing: list[Version]


_NOTHING_HIDDEN = Hidden(BitMap(), BitMap(), BitMap(), [])


class SharedItems:
    """Sets of them are kept once, by the sets of modules (`Reach`) that they stand for."""

    def __init__(
        self, request: Request, recording: Recording, items: Items, recorder: Recorder, reach: Reach, known: KnownBodies
    ) -> None:
        self._recording = recording
        self._items = items
        self._recorder = recorder
        self._reach = reach
        self._bodies = known
        self.memory = Memory(known)
        # The items of bodies by their numbers, and those of them that import something.
        self._numbered = array("l")
        self._importing = BitMap()
        # By worker: from the last test that was spared something.
        self._hidden: dict[str, Hidden] = {}
        self._sets: dict[int, int] = {}
        # What may last that was made while modules were imported: of a set of modules, and of one.
        self._lasting: dict[int, frozenset[str]] = {}
        self._made: dict[str, frozenset[str]] = {}
        self._made_at_import: dict[str, frozenset[str]] = {}
        # By module, of its import: classes whose methods ran, and the names that what ran mentions and calls.
        self._mentioned_at_import: dict[str, frozenset[str]] = {}
        self._modules: dict[str, frozenset[int]] = {}
        self._known: set[str] = set()
        self._defining: dict[str, Analysis] = {}
        self._base = self._base_items(request)
        # What one import may have spared another: all imports are known before it is asked, and no test is yet.
        for path in recorder.imports:
            self._take_up(path)
        for path in recorder.imports:
            self._know(path)
        for path in recorder.imports:
            self._module_items(path)

    def of(self, mask: int) -> int:
        """The number of the set that belongs to these modules."""
        found = self._sets.get(mask)
        if found is None:
            items = set(self._base)
            for path in self._reach.paths(mask):
                items |= self._module_items(path)
            found = self._sets[mask] = self._recording.shared(frozenset(items))
        return found

    def lasting(self, mask: int) -> frozenset[str]:
        """Classes of which objects may have been made while these modules were imported, with their bases, and generators that may
        have been."""
        classes = self._lasting.get(mask)
        if classes is None:
            made = [self._made_by(path) for path in (_BEFORE_TESTS, *self._reach.paths(mask))]
            classes = self._lasting[mask] = frozenset().union(*made)
        return classes

    def _made_by(self, path: str) -> frozenset[str]:
        """What `lasting` gives of one module alone."""
        made = self._made.get(path)
        if made is None:
            mentioned = self._mentioned_at_import.get(path, frozenset()) & self.memory.lastable
            used = self._made_at_import.get(path, frozenset())
            made = self._made[path] = self.memory.with_bases(used | mentioned)
        return made

    def hidden(
        self,
        own: BitMap,
        lasting: frozenset[str],
        fixtures: BitMap,
        also: frozenset[str] = _NO_NAMES,
        worker: str = EVERYBODY,
    ) -> tuple[Hidden, frozenset[int]]:
        """What a test of that worker, or an import, that ran the bodies `own` may have been spared by earlier ones, and by whose
        answers, as `Memory.answers` gives them."""
        answers = self.memory.answers(own, lasting, fixtures, also, worker)
        if not answers:
            return _NOTHING_HIDDEN, answers
        spared = self.memory.spared(worker)
        bodies, read = spared.of(answers), spared.read(answers)
        # One test is spared much the same as the last.
        last = self._hidden.get(worker, _NOTHING_HIDDEN)
        if last.bodies != bodies or last.read != read:
            last = self._hidden[worker] = self._hidden_by(bodies, read, last)
        return last, answers

    def _hidden_by(self, bodies: BitMap, read: BitMap, last: Hidden) -> Hidden:
        for number in range(len(self._numbered), len(self._bodies.bodies)):
            path, content, analysis, place = self._bodies.version(number)
            self._numbered.append(self._items.bodies(path, content, analysis)[place])
            if self._bodies.bodies[number].imports:
                self._importing.add(number)
        if not (last.bodies <= bodies and last.read <= read):
            last = _NOTHING_HIDDEN
        items = last.items | BitMap([self._numbered[number] for number in bodies - last.bodies])
        items |= BitMap(self._items.inputs(self.memory.inputs(read - last.read)))
        importing = [self._bodies.version(number) for number in bodies & self._importing]
        return Hidden(bodies, read, items, importing)

    def forget(self, path: str) -> None:
        """What the import of a module used is no longer what was known."""
        self._reach.forget(path)
        self._modules.pop(path, None)
        self._known.discard(path)
        self._sets.clear()
        self._lasting.clear()
        self._made.clear()

    def _module_items(self, path: str) -> frozenset[int]:
        known = self._modules.get(path)
        if known is not None:
            return known
        items: set[int] = set()
        file = self._recorder.by_path.get(path)
        if file is None or not is_text(path):
            items.add(self._items.input(f"file:{path}"))
        else:
            content = self._items.content(path, file.content)
            version = self._recording.version(path, content, file.analysis)
            items.add(self._recording.item(f"module:{path}", content, version))
            items.add(self._recording.item(f"effects:{path}", file.analysis.effects, version))
        items |= self._items.modules(self._reach.analysis(path).imports, path)
        self._know(path)
        seen = self._recorder.imports.get(path)
        if seen is not None:
            items |= self._collector_items(seen) | self._hidden_from_import(path, seen)
        self._modules[path] = frozenset(items)
        return self._modules[path]

    def _take_up(self, path: str) -> Analysis:
        """What a module defines is known from here on."""
        analysis = self._reach.analysis(path)
        if self._defining.get(path) is not analysis:
            self._defining[path] = analysis
            self.memory.knows(analysis)
            self._lasting.clear()
            self._made.clear()
        return analysis

    def _know(self, path: str) -> None:
        """Takes up what the import of a module ran and made."""
        if path in self._known:
            return
        self._known.add(path)
        analysis = self._take_up(path)
        seen = self._recorder.imports.get(path)
        if seen is None:
            return
        self._remember(seen)
        handed = (name for definition in analysis.definitions for name in _handed_out(definition))
        self._know_run(path, seen, [*handed, *analysis.effect_mentions])
        self._made.pop(path, None)
        self._lasting.clear()

    def _know_run(self, path: str, seen: Collector, also: Iterable[str] = ()) -> None:
        """Takes up what ran while a module was imported, or before any test; `also` are names that were mentioned besides."""
        bodies = [file.analysis.bodies[number] for file, number in self._bodies_of(seen)]
        mentioned = (name for body in bodies for name in may_make(body))
        made_up = (key.partition(":")[2] for key in seen.inputs if key.startswith(f"{MENTION}:"))
        self._mentioned_at_import[path] = frozenset([*mentioned, *made_up, *also])
        classes = {body.class_name for body in bodies if not body.is_of_class}
        self._made_at_import[path] = frozenset(classes - {""})

    def _hidden_from_import(self, path: str, seen: Collector) -> frozenset[int]:
        """What other modules' imports may have spared this one, or tests: nobody knows here which worker's it was done for."""
        analysis = self._reach.analysis(path)
        at_top = {name for definition in analysis.definitions for name in definition.mentions}
        also = frozenset(keys(at_top.union(analysis.effect_mentions), ()))
        own, lasting = self._numbers(seen), self.lasting(self._reach.of([path]))
        found = [self.hidden(own, lasting, BitMap(), also, worker) for worker in self.memory.workers]
        self._remember(seen, frozenset().union(*(answers for _, answers in found)))
        return frozenset().union(*(hidden.items for hidden, _ in found))

    def _remember(self, collector: Collector, answers: frozenset[int] = frozenset()) -> None:
        self.memory.learn(self._numbers(collector), frozenset(collector.inputs), answers)

    def _numbers(self, collector: Collector) -> BitMap:
        return BitMap(
            [
                self._bodies.number(Version(file.path, file.content, file.analysis, place))
                for file, place in self._bodies_of(collector)
            ]
        )

    def _bodies_of(self, collector: Collector) -> list[tuple[File, int]]:
        return [(self._recorder.files[hit >> HIT_BITS], hit & _BODY) for hit in set(collector.hits)]

    def _base_items(self, request: Request) -> frozenset[int]:
        self._remember(self._recorder.base)
        self._know_run(_BEFORE_TESTS, self._recorder.base)
        base = self._collector_items(self._recorder.base)
        keys = ["surroundings:", "pytest:", f"category:{request['category']}"]
        if uses_foreign_code(request["root"]):
            keys.append("checkout:")  # other ones may have other such code
        return frozenset({*base, *(self._items.input(key) for key in keys)})

    def _collector_items(self, collector: Collector) -> set[int]:
        items = self._items.inputs(collector.inputs) | self._items.modules(collector.names)
        for file, number in self._bodies_of(collector):
            items.add(self._items.bodies(file.path, file.content, file.analysis)[number])
        return items


def _handed_out(definition: Definition) -> Iterable[str]:
    """Names of what a definition calls, and of what that may make objects of: what it is given, the class that it decorates."""
    if definition.is_value and definition.calls:
        return {*definition.calls, *definition.mentions}.difference(definition.of_libraries)
    if definition.bases is not None and (definition.calls or not _ENUMS.isdisjoint(definition.mentions)):
        return (*definition.calls, definition.name)
    return definition.calls

"""Who is collecting: a stack of collectors, of which the top one gets what is used now.

At the bottom is the session's own; above it may be a module that is being imported, a shared fixture that is being set
up, a test. A body that has run notes itself with the top collector and is silent until it is armed again, which happens
whenever a collector is put on the stack or taken off.
"""

from __future__ import annotations

import builtins
import sys
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property, partial
from itertools import islice
from types import CodeType
from typing import TYPE_CHECKING, Any

from lamina.tracing.analysis import Analysis
from lamina.tracing.inert import may_keep
from lamina.tracing.inputs import Inputs, Readers, Working
from lamina.tracing.probes import list_name, probe_of

if TYPE_CHECKING:
    from lamina.tracing.children import Children

__all__ = ["HIT_BITS", "Collector", "File", "Recorder"]


# A hit is one number: the file's shifted by so many bits, and the body's.
HIT_BITS = 16
_BODY = (1 << HIT_BITS) - 1
# Among readers: somebody who is no code of the project, or has called none.
_OTHERS: Working = {0: None}


class Collector:
    """What was used: `hits` (possibly twice), `inputs` as keys, `modules` (paths) and `names` of modules asked for.
    `readers` says who read inputs, as far as that was asked (`Inputs`): anybody may have read what has no entry there.
    `children` are the files of child processes that were started, whether they still run, and on whose behalf. The first
    `armed` hits are of bodies that were armed again since. Without `hears` nothing that is read is noted: pytest reads files and
    folders to collect tests; a `picky` one notes only what the project's own code reads."""

    __slots__ = ("armed", "children", "hears", "hits", "inputs", "modules", "names", "picky", "readers")

    def __init__(self, hears: bool = True, picky: bool = False) -> None:
        self.hears = hears
        self.picky = picky
        self.hits: list[int] = []
        self.armed = 0
        self.inputs: set[str] = set()
        self.readers: Readers = {}
        self.modules: set[str] = set()
        self.names: set[str] = set()
        self.children: list[tuple[str, Callable[[], bool], Working]] = []

    def take_in(self, other: Collector) -> None:
        """Adds what another one has."""
        if self.readers or other.readers:
            for key in other.inputs | other.readers.keys():
                self.readers.setdefault(key, {}).update(other.readers.get(key, _OTHERS))
        self.hits += other.hits
        self.inputs |= other.inputs
        self.modules |= other.modules
        self.names |= other.names

    def read_for(self, key: str, readers: Working) -> None:
        """Adds an input that a program has read on somebody's behalf."""
        self.inputs.add(key)
        self.readers.setdefault(key, {}).update(readers)

    def has(self, other: Collector) -> bool:
        """Whether all that another one has is here already."""
        return (
            other.inputs <= self.inputs
            and other.modules <= self.modules
            and other.names <= self.names
            and set(other.hits) <= set(self.hits)
        )


class File:
    """A module with probes: `path` is relative to the project's root, `content` the hash of its source. Its probes call
    what is in a place of their own while that is armed (`lamina.tracing.probes`)."""

    def __init__(self, number: int, path: str, content: str, analysis: Analysis) -> None:
        self.number = number
        self.path = path
        self.content = content
        self.analysis = analysis
        # Of each body: what its probe calls, with the name of its variable. None: it has an element of this list.
        self._calls: list[partial[None] | None] = []
        self._name = list_name(path, content)
        self._list: Any = []
        # What is in these elements: one for all of them, of which there may be very many.
        self._call: Any = None

    def put(self, note: Callable[[Any, Any, int], None], note_listed: Callable[[Any, int, int], None]) -> None:
        """Makes places for what the probes call, and arms them. `note` is called with the container, the key there and the hit,
        `note_listed` with the list, the hit of its first element and the number of this one."""
        variables: Any = vars(builtins)
        self._list += [None] * len(self.analysis.bodies)
        first = self.number << HIT_BITS
        self._call = partial(note_listed, self._list, first)
        for number, body in enumerate(self.analysis.bodies):
            probe = probe_of(self._name, number, body.simple_name)
            call = None if probe.is_listed else partial(note, variables, sys.intern(probe.name), first + number)
            self._calls.append(call)
        self.put_back(variables)

    def put_back(self, variables: Any) -> None:
        """Arms all, once the builtins' `variables` have the list, too. Calls none of the builtins."""
        variables[self._name] = self._list
        self.arm_all()

    def hits_of(self, code: CodeType) -> list[int]:
        """The bodies that may have this code, or that of a function nested in them. None: it is none of a function."""
        name = code.co_qualname.partition(".<locals>")[0]
        # A library's code that looks like a function of the file, as hypothesis' around a test, has only its simple name.
        return self._by_name.get(name) or self._by_simple_name.get(code.co_name, [])

    @cached_property
    def caches_lambdas(self) -> bool:
        """Whether a cache may be around a lambda: `load = cache(lambda: ...)`, which is no body of its own."""
        return any(one.is_lazy and may_keep(one.calls) for one in self.analysis.definitions if one.is_value)

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for number, body in enumerate(self.analysis.bodies):
            found[body.name.partition("#")[0]].append((self.number << HIT_BITS) | number)
        return found

    @cached_property
    def _by_simple_name(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = defaultdict(list)
        for name, hits in self._by_name.items():
            found[name.rpartition(".")[2]] += hits
        return found

    def arm(self, number: int) -> None:
        """The body notes itself when it runs next."""
        call = self._calls[number]
        if call is None:
            self._list[number] = self._call
        else:
            call.args[0][call.args[1]] = call

    def arm_all(self) -> None:
        """All of them do."""
        number = 0  # `enumerate` is one of the builtins
        for call in self._calls:
            if call is None:
                self._list[number] = self._call
            else:
                call.args[0][call.args[1]] = call
            number += 1  # noqa: SIM113

    def armed(self, number: int) -> Callable[[], None] | None:
        """What the body's probe would do now."""
        call = self._calls[number]
        found = self._list[number] if call is None else call.args[0][call.args[1]]
        return partial(found, number) if call is None and found is not None else found


class _LastHits:
    """Adds to others as long as that works."""

    def __init__(self, hits: list[int]) -> None:
        self._hits = hits

    def append(self, hit: int) -> None:
        with suppress(Exception):
            self._hits.append(hit)


class Recorder:
    """One for the process. `files` are the modules with probes in the order of their loading. `inputs` watches what is
    read, `children` what child processes use."""

    def __init__(self, inputs: Inputs) -> None:
        self.base = Collector(hears=False)
        self.inputs = inputs
        self.children: Children | None = None
        self.files: list[File] = []
        self.by_path: dict[str, File] = {}
        # What was used while a module was imported, by path; modules without probes included.
        self.imports: dict[str, Collector] = {}
        # What libraries keep that all tests use from now on.
        self.everybodys = Collector()
        # Modules imported since somebody last took them from here.
        self.recent: list[str] = []
        # Whether it is noted on whose behalf something is read.
        self.asks_who_reads = False
        self._is_flat = False
        self._stack = [self.base]
        self._hits: list[int] | _LastHits = self.base.hits

    @property
    def top(self) -> Collector:
        """The one that gets what is used now."""
        return self._stack[-1]

    @property
    def sink(self) -> set[str] | None:
        """Where keys of inputs go; None when nobody wants them."""
        return self.inputs.sink

    @sink.setter
    def sink(self, sink: set[str] | None) -> None:
        self.inputs.sink = sink

    def be_flat(self, collector: Collector) -> None:
        """From now on everything is this collector's, whatever is imported or begun."""
        for file in self.files:
            file.arm_all()
        self._is_flat = True
        self._stack = [collector]
        self._listen()

    def enter(self, collector: Collector) -> None:
        """Puts a collector on the stack."""
        if self._is_flat:
            return
        self.arm()
        self._stack.append(collector)
        self._listen()

    def leave(self, collector: Collector) -> None:
        """Takes it off, with all that were left above it."""
        if self._is_flat or collector not in self._stack:  # another thread has taken it off
            return
        while len(self._stack) > 1:
            self.arm()
            top = self._stack.pop()
            if top is collector:
                break
        self._listen()

    def _listen(self) -> None:
        top = self._stack[-1]
        self._hits = top.hits
        self.inputs.sink = top.inputs if top.hears else None
        self.inputs.readers = top.readers if self.asks_who_reads and not self._is_flat else None
        self.inputs.picky = top.picky

    def began(self) -> None:
        """A test begins: what earlier ones have made is part of the tree now."""
        self.inputs.began()

    def ended(self, collector: Collector) -> None:
        """A test or a fixture's set-up ends: what its child processes used is its own."""
        if self.children is not None and collector.children:
            self.inputs.sink = None
            self.children.collect(collector)

    def add(self, path: str, content: str, analysis: Analysis) -> File:
        """Takes a module up that is about to be executed."""
        known = self.by_path.get(path)
        if known is not None and known.content == content:
            return known
        file = File(len(self.files), path, content, analysis)
        file.put(self._hit, self._hit_listed)
        self.files.append(file)
        self.by_path[path] = file
        return file

    def end(self, variables: Any) -> None:
        """The interpreter ends, and what was among the builtins' `variables` is gone: probes are put back, and what runs now is
        noted if that is still possible. Calls none of the builtins."""
        self._hits = _LastHits(self.top.hits)
        for file in self.files:
            file.put_back(variables)

    def imported(self, path: str, collector: Collector) -> None:
        """What was used while the module was imported; a second time adds to the first."""
        self.imports.setdefault(path, Collector()).take_in(collector)
        self.recent.append(path)

    def collected(self, path: str, collector: Collector) -> None:
        """What was used while tests of a file were made. Bodies of its own belong to it, as those that run while it is imported
        do (a generator of parameters, a function that makes ids), and so do inputs; the rest is everybody's, as it may be kept for
        other files."""
        if collector.inputs:
            self.imports.setdefault(path, Collector()).inputs |= collector.inputs
            collector.inputs = set()
        file = self.by_path.get(path)
        if file is not None:
            own = [hit for hit in collector.hits if hit >> HIT_BITS == file.number]
            self.imports.setdefault(path, Collector()).hits += own
            collector.hits = [hit for hit in collector.hits if hit >> HIT_BITS != file.number]
        self.top.take_in(collector)

    def _hit(self, container: Any, key: Any, hit: int) -> None:
        container[key] = None
        self._hits.append(hit)

    def _hit_listed(self, elements: Any, first: int, number: int) -> None:
        elements[number] = None
        self._hits.append(first + number)

    def arm(self) -> None:
        """What has run under the top collector since this was done last notes itself again when it runs."""
        files, top = self.files, self._stack[-1]
        first, top.armed = top.armed, len(top.hits)  # threads may add further ones meanwhile
        for hit in islice(top.hits, first, top.armed):
            files[hit >> HIT_BITS].arm(hit & _BODY)

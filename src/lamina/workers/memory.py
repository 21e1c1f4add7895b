"""What the memory of the process can hide: a body that a test did not run because an earlier test's result was kept.

A function whose decorator may answer for it (`lru_cache`, or one that is not known), or one that keeps what it computed in a
global variable, a closure or a long-lived object, can spare a test the bodies that it ran for an earlier one. Those bodies ran
in the same test as the function: they are looked for there, from name to name, so more are added than were hidden, never fewer.
What it keeps it keeps in its process: no test of another worker is spared anything, unless that ran before the workers were forked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Set

from pyroaring import BitMap

from lamina.cache.numbering import Numbers
from lamina.tracing.analysis import GENERATOR, Analysis, is_special
from lamina.tracing.made_up import MENTION
from lamina.workers.answering import Answering, kept
from lamina.workers.body_names import OF_CLASSES
from lamina.workers.calls import Calls
from lamina.workers.kept_objects import KeptObjects
from lamina.workers.known_bodies import KnownBodies
from lamina.workers.reachable import reachable
from lamina.workers.spared import Spared

__all__ = ["EVERYBODY", "Memory"]

_NOTHING: frozenset[str] = frozenset()
_NOBODY: frozenset[int] = frozenset()
# Stands for a worker where all are meant.
EVERYBODY = ""
# Sets of names of which it is known what they lead to: tests in turn have much the same ones.
_HELD = 64
_BY_NOBODY: Mapping[str, Iterable[int]] = {}


class Memory:
    """Grows with each test; `answers` and `spared` say what counts for the test that ran last, and `learn` takes it up. Bodies
    are the numbers that `known` gives."""

    def __init__(self, known: KnownBodies) -> None:
        self._known = known
        self._calls = Calls(known)
        self._answering = Answering(known, self._calls)
        self._objects = KeptObjects(known.bodies, self._calls)
        self._ran = BitMap()
        # Those that keep what they computed, or those that they call do: globally, in their objects, in what they are given; and
        # those that may.
        self._kept_inside = BitMap()
        self._kept_in_objects = BitMap()
        self._kept_in_given = BitMap()
        self._kept = {"inside": self._kept_inside, "self": self._kept_in_objects, "given": self._kept_in_given}
        self._keeping = BitMap()
        # What decides what these do.
        self._deciding: dict[int, frozenset[str]] = {}
        # By these: what they may call, as far as it was looked whether that keeps something for them.
        self._looked_at: dict[int, set[int]] = defaultdict(set)
        self._turns = 0
        # By worker.
        self._spared = {EVERYBODY: Spared()}
        self._changes = 0
        # Of inputs that were read.
        self._inputs = Numbers()
        # Functions that are generators, or make some: by their names, methods that Python calls by itself by their classes'.
        self._generators: dict[str, BitMap] = defaultdict(BitMap)
        self._begun: dict[frozenset[str], BitMap] = {}

    def knows(self, analysis: Analysis) -> None:
        """Whose definitions names may stand for."""
        self._changes += 1
        for number in self._answering.define(analysis, self._calls.define(analysis)):
            self._note_whether_keeping(number)
        self._objects.define(analysis)

    @property
    def lastable(self) -> Set[str]:
        """The names of classes and generators, whose objects may outlive a test."""
        return self._objects.lastable

    def with_bases(self, classes: frozenset[str]) -> frozenset[str]:
        """Classes of these names, and those that they are based on."""
        return classes.union(*map(self._calls.bases, classes))

    @property
    def workers(self) -> list[str]:
        """Those who have a memory of their own by now, and the one that stands for all."""
        return list(self._spared)

    def spared(self, worker: str) -> Spared:
        """What tests were spared in a worker, or what all of them are."""
        found = self._spared.get(worker)
        if found is None:
            found = self._spared[worker] = self._spared[EVERYBODY].copy()
        return found

    def changes(self, worker: str) -> tuple[int, int]:
        """Is another one when there is anything new. As long as there is not, who ran the same bodies and read the same for them
        is answered as the last one was, and there is nothing to learn from it."""
        return self._changes + self._calls.turns, self.spared(worker).changes

    def inputs(self, numbers: Iterable[int]) -> list[str]:
        """The keys of what was read, by the numbers that `Spared` has."""
        return [self._inputs.keys[number] for number in numbers]

    def answers(
        self,
        own: BitMap,
        lasting: frozenset[str],
        fixtures: BitMap,
        also: frozenset[str] = _NOTHING,
        worker: str = EVERYBODY,
    ) -> frozenset[int]:
        """Functions that may have answered a test that ran its `own` bodies, or what mentions the names `also`, with what they
        keep. `lasting` are classes and generators some of whose objects may outlive the test, `fixtures` those of its bodies that
        shared fixtures may have run for it."""
        spared = self.spared(worker)
        found = self._answers(own, lasting, fixtures, also)
        # What keeps an object lets that one keep something.
        while fresh := self._objects.of(spared.of(found), worker) - lasting:
            lasting = lasting | fresh
            found = self._answers(own, lasting, fixtures, also)
        return found

    def _answers(self, own: BitMap, lasting: frozenset[str], fixtures: BitMap, also: frozenset[str]) -> frozenset[int]:
        bodies = self._known.bodies
        # What keeps something may have read it for an earlier test.
        answers = {number for number in own & self._kept_in_objects if bodies[number].class_name in lasting}
        answers.update(own & self._kept_inside)
        given = own & self._kept_in_given
        answers.update(number for number in given if self._calls.is_handed(number, own, lasting, fixtures))
        answers.update(self._answering.answers(own, lasting, also))
        # A generator that a test starts itself is none that another one has left in the middle.
        answers.update(self._begun_of(lasting) - (own - fixtures))
        return frozenset(answers)

    def _begun_of(self, lasting: frozenset[str]) -> BitMap:
        """Generators of these names."""
        begun = self._begun.get(lasting)
        if begun is None:
            named = (self._generators[name] for name in self._generators.keys() & lasting)
            if len(self._begun) == _HELD:
                self._begun.clear()
            begun = self._begun[lasting] = BitMap.union(BitMap(), *named)
        return begun

    def learn(
        self, ran: BitMap, inputs: frozenset[str], answers: frozenset[int] = _NOBODY, imported: BitMap | None = None,
        readers: Mapping[str, Iterable[int]] = _BY_NOBODY, worker: str = EVERYBODY,
    ) -> None:  # fmt: skip
        """These bodies have run together, for somebody who read these inputs and had those `answers`; `imported` are those that
        ran while it imported something. Some inputs are known to have been read for certain bodies only, their `readers`, some
        names to have been made up by certain bodies. Without a `worker` it was done for all of them."""
        behind = BitMap() if imported is None else imported
        trace = ran | behind
        fresh = trace - self._ran
        self._changes += not all(map(self._is_ordinary_test, fresh))
        for number in fresh:
            self._add(number)
        read_by = {key: numbers for key, numbers in readers.items() if not key.startswith(f"{MENTION}:")}
        everybodys = [self.spared(worker)] if worker else list(self._spared.values())
        read = [(ran & (fresh | self._keeping), inputs - read_by.keys()), *_by_readers(read_by)]
        for numbers, keys in read:
            found = BitMap([self._inputs.of(key) for key in keys])
            for spared in everybodys:
                spared.learn_read(numbers, found)
        if self._turns != self._calls.turns:
            self._turns = self._calls.turns
            self._looked_at.clear()
        made_up = self._calls.made_up(inputs - readers.keys()) & trace
        made_up_by = self._calls.made_up_by(readers)
        called = self._calls.called_by(trace) & trace
        # What nobody calls, and keeps nothing, as most tests, makes no difference to what others were spared.
        trace &= BitMap.union(self._keeping, called, made_up, behind, *made_up_by.values())
        given = self._answering.given(trace, answers) if answers else {}
        by_whom = ((number, made_up_by[number].serialize()) for number in sorted(made_up_by))
        together = (trace.serialize(), behind.serialize(), made_up.serialize(), *by_whom)
        new = [spared for spared in everybodys if spared.is_new(together, _NOBODY.union(*given.values()))]
        if new:
            self._spare(self._calls.among(trace, behind, made_up, made_up_by), given, new)

    def _spare(self, following: dict[int, list[int]], given: dict[int, list[int]], everybodys: list[Spared]) -> None:
        """Notes what those bodies that keep something had run for them, by what each may have called, and the answers that some
        were `given`."""
        answering = [
            number
            for number, called in following.items()
            if number in self._keeping and (self._is_answering(number) or self._has_others_keep(number, called))
        ]
        if not answering:
            return
        reached = reachable(following)
        for spared in everybodys:
            spared.add(answering, reached, given)

    def _is_answering(self, number: int) -> bool:
        return bool(self._known.bodies[number].memory) or self._answering.is_wrapped(number)

    def _has_others_keep(self, number: int, called: Iterable[int]) -> bool:
        """Whether what decides what a body does is changed by those that it calls: it may not call them again. Attributes of its
        object are changed by methods of its class, or of one that is based on it or that it is based on."""
        deciding, looked_at = self._deciding[number], self._looked_at[number]
        fresh = [other for other in called if other not in looked_at]
        results = self._known.bodies[number].results
        if fresh and results and any(self._gives(other, results) for other in fresh):
            self._kept_inside.add(number)
        if fresh and deciding and number not in self._kept_inside:
            looked_at.update(fresh)
            for other in fresh:
                for name in self._known.bodies[other].changes:
                    if name in deciding:
                        self._kept_inside.add(number)
                    elif f".{name}" in deciding and self._is_related(number, other):
                        self._kept_in_objects.add(number)
            self._has_others_look(number, looked_at, deciding)
        return number in self._kept_inside or number in self._kept_in_objects

    def _gives(self, number: int, names: Container[str]) -> bool:
        """Whether it has one of these names, and what it returns lasts."""
        body = self._known.bodies[number]
        return body.simple_name in names and (body.gives or kept(body) == "inside" or self._answering.is_cached(body))

    def _has_others_look(self, number: int, called: Set[int], deciding: frozenset[str]) -> None:
        """What decides may be asked for and kept by functions: `if load() is None: store(make())`."""
        bodies = self._known.bodies
        changing = [other for other in called if bodies[other].changes]
        for asked in called if changing else ():
            name = bodies[asked].simple_name
            if name in deciding or f".{name}" in deciding:
                for other in changing:
                    if self._changes_what(other, asked):
                        (self._kept_inside if name in deciding else self._kept_in_objects).add(number)

    def _changes_what(self, one: int, other: int) -> bool:
        """Whether one function changes a global variable, or an attribute of one or of its object, that another one looks at."""
        changing, looking = self._known.bodies[one], self._known.bodies[other]
        if not set(changing.changes).isdisjoint(looking.bare):
            return True
        if set(changing.changes).isdisjoint(looking.mentions):
            return False
        return self._is_related(one, other) or self._calls.have_variable(changing.bare, looking.bare)

    def _is_related(self, one: int, other: int) -> bool:
        bodies = self._known.bodies
        classes = bodies[one].class_name, bodies[other].class_name
        if bodies[one].simple_name in OF_CLASSES or not all(classes):
            return False  # a new object remembers nothing
        return self._calls.is_based_on(*classes) or self._calls.is_based_on(*classes[::-1])

    def _add(self, number: int) -> None:
        body = self._known.bodies[number]
        self._ran.add(number)
        self._calls.add(number)
        self._answering.add(number)
        if keeps := kept(body):
            self._kept[keeps].add(number)
        for wrapped in body.wraps:
            self._keeping.update(self._calls.named(wrapped))
        self._note_whether_keeping(number)
        if body.memory == GENERATOR:
            name = body.simple_name
            self._generators[body.class_name if is_special(name) else name].add(number)
            self._begun.clear()

    def _is_ordinary_test(self, number: int) -> bool:
        """Whether nobody is concerned by the body but who runs it: a test is called by nobody, and answered by nothing."""
        body = self._known.bodies[number]
        return self._known.is_test(number) and not (body.memory or body.wraps or body.deciding or body.results)

    def _note_whether_keeping(self, number: int) -> None:
        body = self._known.bodies[number]
        if body.deciding or body.results or body.memory or self._answering.may_be_wrapped(number):
            self._keeping.add(number)
            self._deciding[number] = frozenset(body.deciding)


def _by_readers(readers: Mapping[str, Iterable[int]]) -> Iterator[tuple[BitMap, list[str]]]:
    """Inputs by the bodies that read them: many have the same."""
    found: dict[tuple[int, ...], list[str]] = defaultdict(list)
    for key, numbers in readers.items():
        found[tuple(sorted(numbers))].append(key)
    for numbers, keys in found.items():
        yield BitMap(numbers), keys

"""What the functions of one process that keep results have spared its tests: bodies, and what was read for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pyroaring import BitMap

__all__ = ["Spared"]

_NOTHING = BitMap()


class Spared:
    """Grows with each test of the process; nothing of it is ever lost. Bodies, functions and inputs are numbers.

    Hundreds of functions have a few sets of thousands of bodies between them, and so do bodies of inputs: sets are never changed
    in place, and joined once for all that have the same."""

    def __init__(self) -> None:
        # Of those that may answer: all that ran for it in some test, and who answered it there.
        self.bodies: dict[int, BitMap] = {}
        self._answered: dict[int, BitMap] = {}
        # Who was asked about last, and all that answered those.
        self._asked = self._given = _NOTHING
        # What was read for bodies.
        self._inputs: dict[int, BitMap] = {}
        # How often anything was new.
        self.changes = 0
        # What has run together so far, as hashes: there are as many as tests.
        self._traces: set[int] = set()
        self._spared_by = _Union(self.bodies)
        self._read_by = _Union(self._inputs)

    def copy(self) -> Spared:
        """For a process that has been forked from this one."""
        other = Spared()
        other.bodies.update(self.bodies)
        other._answered.update(self._answered)
        other._inputs.update(self._inputs)
        other._traces.update(self._traces)
        return other

    def of(self, answers: Iterable[int]) -> BitMap:
        """Bodies that a test may depend on besides its own if it had these answers."""
        return self._spared_by.of(answers)

    def read(self, answers: Iterable[int]) -> BitMap:
        """What was read for those that gave these answers, and for those that answered them."""
        asked = BitMap(answers)
        if not self._asked <= asked:
            self._given = _NOTHING
        waiting, found = asked - self._given, self._given | asked
        while waiting:
            waiting = _union(self._answered, waiting) - found
            found = found | waiting
        self._asked, self._given = asked, found
        return self._read_by.of(found)

    def learn_read(self, numbers: Iterable[int], inputs: BitMap) -> None:
        """These inputs were read for those bodies."""
        if inputs:
            changed = _join(self._inputs, numbers, inputs)
            self._read_by.changed(changed)
            self.changes += bool(changed)

    def is_new(self, together: tuple[object, ...], answers: Iterable[int]) -> bool:
        """Whether these bodies, as bytes, have not run together yet, with answers that had spared as much as these."""
        digest = hash((*together, *((one, len(self.bodies.get(one, _NOTHING))) for one in sorted(answers))))
        is_new = digest not in self._traces
        self._traces.add(digest)
        self.changes += is_new
        return is_new

    def add(self, answering: Iterable[int], reached: Mapping[int, BitMap], given: Mapping[int, list[int]]) -> None:
        """These may answer from now on, for what each has `reached`; some of that was `given` answers itself."""
        had = {number: _union(self.bodies, found) for number, found in given.items()}
        having = BitMap(had)
        by_reached: dict[int, list[int]] = defaultdict(list)
        for number in answering:
            by_reached[id(reached[number])].append(number)
        for numbers in by_reached.values():
            found = reached[numbers[0]]
            answered = list(having & found)
            more = BitMap.union(found, *(had[number] for number in answered))
            self._spared_by.changed(_join(self.bodies, numbers, more))
            answers = BitMap([one for number in answered for one in given[number]])
            if answers and _join(self._answered, numbers, answers):
                self._given = _NOTHING  # to be worked out again


class _Union:
    """What any of some numbers has (`_union`), by the last such question: each test asks for much the same as the one before."""

    def __init__(self, sets: Mapping[int, BitMap]) -> None:
        self._sets = sets
        self._asked = BitMap()
        self._changed = BitMap()
        self._union = _NOTHING

    def changed(self, numbers: Iterable[int]) -> None:
        """These numbers have more than before."""
        self._changed.update(numbers)

    def of(self, numbers: Iterable[int]) -> BitMap:
        asked = BitMap(numbers)
        if not self._asked <= asked:
            fresh, self._union = asked, _NOTHING
        else:  # sets only grow, so that what a number had is in what it has
            fresh = (asked - self._asked) | (self._changed & asked)
        if fresh:
            self._union = BitMap.union(self._union, *_distinct(self._sets, fresh).values())
        self._asked = asked
        self._changed.clear()
        return self._union


def _distinct(sets: Mapping[int, BitMap], numbers: Iterable[int]) -> dict[int, BitMap]:
    """What these numbers have, by identity."""
    return {id(one): one for number in numbers if (one := sets.get(number)) is not None}


def _union(sets: Mapping[int, BitMap], numbers: Iterable[int]) -> BitMap:
    """What any of these numbers has."""
    return BitMap.union(_NOTHING, *_distinct(sets, numbers).values())


def _join(sets: dict[int, BitMap], numbers: Iterable[int], more: BitMap) -> list[int]:
    """All of these numbers have more from now on. Gives those that had not all of it."""
    # By what they had, which is held here so that nothing else becomes the same.
    joined: dict[int, tuple[BitMap, BitMap]] = {}
    changed = []
    for number in numbers:
        known = sets.get(number, _NOTHING)
        if id(known) not in joined:
            joined[id(known)] = known, known if more <= known else known | more
        sets[number] = joined[id(known)][1]
        if sets[number] is not known:
            changed.append(number)
    return changed

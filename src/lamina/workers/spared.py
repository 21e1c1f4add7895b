"""What the functions of one process that keep results have spared its tests: bodies, and what was read for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pyroaring import BitMap

from lamina.tracing.closure import closure

__all__ = ["Spared"]

_NOTHING: frozenset[str] = frozenset()


class Spared:
    """Grows with each test of the process; nothing of it is ever lost. Bodies and functions are numbers."""

    def __init__(self) -> None:
        # Of those that may answer: all that ran for it in some test, and who answered it there.
        self.bodies: dict[int, BitMap] = defaultdict(BitMap)
        self._answered: dict[int, set[int]] = defaultdict(set)
        # What was read for bodies, and how often something was found of one that may answer. Many have the same.
        self._inputs: dict[int, frozenset[str]] = {}
        self._same: dict[frozenset[str], frozenset[str]] = {}
        self._found_more = 0
        # What has run together so far, as hashes: there are as many as tests.
        self._traces: set[int] = set()

    def copy(self) -> Spared:
        """For a process that has been forked from this one."""
        other = Spared()
        other.bodies.update((number, bodies.copy()) for number, bodies in self.bodies.items())
        other._answered.update((number, set(found)) for number, found in self._answered.items())
        other._inputs, other._same, other._traces = dict(self._inputs), self._same, set(self._traces)
        return other

    def of(self, answers: Iterable[int]) -> BitMap:
        """Bodies that a test may depend on besides its own if it had these answers."""
        return BitMap.union(BitMap(), *(self.bodies[number] for number in answers))

    def read(self, answers: Iterable[int]) -> frozenset[str]:
        """What was read for those that gave these answers, and for those that answered them."""
        return _NOTHING.union(*(self._inputs.get(number, _NOTHING) for number in closure(answers, self._answered)))

    def extent(self, answers: Iterable[int]) -> tuple[int, int]:
        """As long as it stays what it is for these answers, so does what they have spared, and what was read for that."""
        return sum(len(self.bodies[number]) for number in answers), self._found_more

    def learn_read(self, numbers: Iterable[int], inputs: frozenset[str]) -> None:
        """These inputs were read for those bodies."""
        for number in numbers if inputs else ():
            known = self._inputs.get(number, _NOTHING)
            if not inputs <= known:
                read = known | inputs
                self._inputs[number] = self._same.setdefault(read, read)
                self._found_more += number in self.bodies

    def is_new(self, together: tuple[bytes, ...], answers: Iterable[int]) -> bool:
        """Whether these bodies, as bytes, have not run together yet, with answers that had spared as much as these."""
        digest = hash((*together, *((one, len(self.bodies[one])) for one in sorted(answers))))
        is_new = digest not in self._traces
        self._traces.add(digest)
        return is_new

    def add(self, answering: Iterable[int], reached: Mapping[int, BitMap], given: Mapping[int, list[int]]) -> None:
        """These may answer from now on, for what each has `reached`; some of that was `given` answers itself."""
        had = {number: self.of(found) for number, found in given.items()}
        having = BitMap(had)
        for number in answering:
            found = reached[number]
            spared = self.bodies[number]
            spared |= found
            for one in having & found:
                spared |= had[one]
                self._answered[number].update(given[one])

"""What the functions of one process that keep results have spared its tests: bodies, and what was read for them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from pyroaring import BitMap

from lamina.tracing.closure import closure

__all__ = ["Spared"]

_NOTHING = BitMap()


class Spared:
    """Grows with each test of the process; nothing of it is ever lost. Bodies, functions and inputs are numbers."""

    def __init__(self) -> None:
        # Of those that may answer: all that ran for it in some test, and who answered it there.
        self.bodies: dict[int, BitMap] = defaultdict(BitMap)
        self._answered: dict[int, set[int]] = defaultdict(set)
        # What was read for bodies. Many have the same set, which is never changed in place.
        self._inputs: dict[int, BitMap] = {}
        # What has run together so far, as hashes: there are as many as tests.
        self._traces: set[int] = set()

    def copy(self) -> Spared:
        """For a process that has been forked from this one."""
        other = Spared()
        other.bodies.update((number, bodies.copy()) for number, bodies in self.bodies.items())
        other._answered.update((number, set(found)) for number, found in self._answered.items())
        other._inputs, other._traces = dict(self._inputs), set(self._traces)
        return other

    def of(self, answers: Iterable[int]) -> BitMap:
        """Bodies that a test may depend on besides its own if it had these answers."""
        return BitMap.union(BitMap(), *(self.bodies[number] for number in answers))

    def read(self, answers: Iterable[int]) -> BitMap:
        """What was read for those that gave these answers, and for those that answered them."""
        sets = (self._inputs.get(number, _NOTHING) for number in closure(answers, self._answered))
        return BitMap.union(_NOTHING, *{id(one): one for one in sets}.values())

    def extent(self, answers: Iterable[int]) -> tuple[int, int]:
        """As long as it stays what it is for these answers, so does what they have spared, and what was read for that."""
        return sum(len(self.bodies[number]) for number in answers), len(self.read(answers))

    def learn_read(self, numbers: Iterable[int], inputs: BitMap) -> None:
        """These inputs were read for those bodies."""
        # By what was known to be read, and held here so that it stays what it is. Hundreds of bodies have a few sets of
        # thousands of inputs between them.
        joined: dict[int, tuple[BitMap, BitMap]] = {}
        for number in numbers if inputs else ():
            known = self._inputs.get(number, _NOTHING)
            if id(known) not in joined:
                joined[id(known)] = known, known if inputs <= known else known | inputs
            self._inputs[number] = joined[id(known)][1]

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

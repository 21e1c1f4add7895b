"""Who may have what, and when: pure bookkeeping over counted resources, without time, threads or messages.

A resource is a number of units. A pool has as many as it has members; a lock has `ALL` of them, of which a shared holder
takes one and an exclusive holder every one, so that one rule serves both. A request names everything that it needs and gets
all of it at once, or nothing: nobody ever holds one thing while waiting for another, so there can be no deadlock.

Requests are granted by priority (smaller is more urgent), then in the order of asking. Requests for the same things are
one kind, and stand in one queue. The first of each kind keeps others from taking what it waits for: a later request
overtakes it only where enough is left for both. So what comes free gathers for those that wait longest, and nobody starves;
a priority is a head start of many requests, not an endless one.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Hashable, Iterable, Mapping
from heapq import heappop, heappush
from operator import attrgetter
from typing import NamedTuple

__all__ = ["ALL", "Arbiter", "Grant", "Needs"]

# The units of a lock: more than there will ever be shared holders.
ALL = 1 << 40
# A request is overtaken by at most so many later ones for each step of priority between them.
_HEAD_START = 100_000

# Units of each resource, sorted by name: what two requests of one kind have in common.
Needs = tuple[tuple[str, int], ...]


_rank = attrgetter("rank")


class Grant(NamedTuple):
    """What a request got: by pool, the numbers of its units, counted from 0. Locks have none."""

    ticket: Hashable
    units: dict[str, list[int]]


class _Resource:
    """`free` is what nobody holds, of a pool also by number; `wanted` are the kinds of requests that wait for some of it."""

    __slots__ = ("free", "numbered", "numbers", "size", "wanted")

    def __init__(self, size: int, numbered: bool) -> None:
        self.size = self.free = size
        self.numbered = numbered
        self.numbers = list(range(size)) if numbered else []
        self.wanted: set[_Kind] = set()


class _Request:
    """`units` is what it got, by pool; None while it waits. `gone`: it was withdrawn."""

    __slots__ = ("gone", "kind", "rank", "ticket", "units")

    def __init__(self, ticket: Hashable, kind: _Kind, rank: int) -> None:
        self.ticket = ticket
        self.kind = kind
        self.rank = rank
        self.units: dict[str, list[int]] | None = None
        self.gone = False


class _Kind:
    """The requests that need the same, the most urgent first; those that were withdrawn stay until they come to the head.

    `rank` is the head's; ranks are different, and smaller ones come first.
    """

    __slots__ = ("needs", "numbers", "pools", "rank", "waiting")

    def __init__(self, key: Needs, resources: Mapping[str, _Resource]) -> None:
        self.needs = [(resources[name], number) for name, number in key]
        self.numbers = {resources[name]: number for name, number in key}
        self.pools = [(name, resources[name].numbers, number) for name, number in key if resources[name].numbered]
        self.waiting: list[tuple[int, _Request]] = []
        self.rank = 0


class Arbiter:
    """`sizes` are the units of each resource (`ALL` for a lock). Not safe for threads."""

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._resources = {name: _Resource(size, size < ALL) for name, size in sizes.items()}
        self._kinds: dict[Needs, _Kind] = {}
        self._requests: dict[Hashable, _Request] = {}
        self._asked = 0
        # How many requests wait.
        self.waiting = 0

    def resize(self, resource: str, size: int) -> list[Grant]:
        """There are so many units of a resource from now on, which is a new one or came from here; they have no numbers. Those
        that hold more keep it."""
        known = self._resources.get(resource)
        if known is None:
            self._resources[resource] = _Resource(size, numbered=False)
            return []
        known.free += size - known.size
        known.size = size
        return self._settle([known])

    def ask(self, ticket: Hashable, needs: Mapping[str, int], priority: int = 0) -> list[Grant]:
        """Adds a request; returns what is granted by that, which is this request or nothing.

        Raises ValueError for a resource that is not there, for more of it than there is, and for a ticket in use.
        """
        if ticket in self._requests:
            raise ValueError(f"the ticket {ticket!r} is in use")
        key = tuple(needs.items())
        kind = self._kinds.get(key) or self._new_kind(key)
        waiting = kind.waiting
        if not waiting:
            for resource, _ in kind.needs:
                resource.wanted.add(kind)
        self._asked += 1
        rank = (self._asked + priority * _HEAD_START << 40) + self._asked
        request = self._requests[ticket] = _Request(ticket, kind, rank)
        heappush(waiting, (rank, request))
        self.waiting += 1
        if waiting[0][0] != rank:
            return []
        kind.rank = rank
        return [self._take(kind)] if _fits(kind) else []

    def _new_kind(self, key: Needs) -> _Kind:
        for name, number in key:
            size = self._resources[name].size if name in self._resources else 0
            if not 0 < number <= size:
                raise ValueError(f"{number} of {name} can never be granted; there are {size}")
        in_order = tuple(sorted(key))
        kind = self._kinds.get(in_order)
        if kind is None:
            kind = self._kinds[in_order] = _Kind(in_order, self._resources)
        self._kinds[key] = kind
        return kind

    def give_back(self, ticket: Hashable) -> list[Grant]:
        """Ends a request, granted or waiting; returns what is granted by that. One that is unknown is no error."""
        request = self._requests.pop(ticket, None)
        if request is None:
            return []
        kind = request.kind
        if request.units is not None:
            for resource, number in kind.needs:
                resource.free += number
            for name, numbers, _ in kind.pools:
                for number in request.units[name]:
                    heappush(numbers, number)
            return self._settle(kind.numbers)
        self.waiting -= 1
        request.gone = True
        if kind.rank != request.rank:
            return []  # it kept nothing from others; it is dropped when it comes to the head
        self._advance(kind)
        return self._settle(kind.numbers)

    def _settle(self, changed: Iterable[_Resource]) -> list[Grant]:
        """Grants what can be granted since there is more of `changed`, the most urgent first. One pass is enough: a grant
        leaves less for all others."""
        kinds: list[_Kind] = []
        for resource in changed:
            free = resource.free
            if free > 0:
                kinds += [other for other in resource.wanted if other.numbers[resource] <= free and other not in kinds]
        granted: list[Grant] = []
        if len(kinds) > 1:
            kinds.sort(key=_rank, reverse=True)
        while kinds:
            kind = kinds.pop()
            while _fits(kind):
                granted.append(self._take(kind))
                if not kind.waiting:
                    break
                if kinds and kind.rank > kinds[-1].rank:
                    insort(kinds, kind, key=_descending)
                    break
        return granted

    def _take(self, kind: _Kind) -> Grant:
        request = kind.waiting[0][1]
        self.waiting -= 1
        self._advance(kind)
        for resource, number in kind.needs:
            resource.free -= number
        request.units = {name: [heappop(numbers) for _ in range(number)] for name, numbers, number in kind.pools}
        return Grant(request.ticket, request.units)

    def _advance(self, kind: _Kind) -> None:
        """Drops the head, and those behind it that were withdrawn."""
        waiting = kind.waiting
        heappop(waiting)
        while waiting and waiting[0][1].gone:
            heappop(waiting)
        if waiting:
            kind.rank = waiting[0][0]
            return
        for resource, _ in kind.needs:
            resource.wanted.discard(kind)


def _fits(kind: _Kind) -> bool:
    """Whether its first request can have all it needs without taking what an earlier one waits for."""
    rank = kind.rank
    for resource, number in kind.needs:
        left = resource.free
        if left < number:
            return False
        if len(resource.wanted) > 1:
            for other in resource.wanted:
                if other.rank < rank:
                    left -= other.numbers[resource]
                    if left < number:
                        return False
    return True


def _descending(kind: _Kind) -> int:
    return -kind.rank

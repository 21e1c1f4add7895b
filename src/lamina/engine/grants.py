"""Named resources over all sessions of a run: the one arbiter, and who is to hear of what it grants.

A session asks under tickets of its own; each of its grants also takes one of its places, of which it has as many as it holds
slots, so that nothing is granted to a session that has nobody to use it. A session that holds no slot has one place: what it
is granted then waits for a slot, and never the other way round.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import cast

from lamina.resources.arbiter import Arbiter, Grant
from lamina.resources.definitions import Definition

__all__ = ["Grants"]

Hear = Callable[[list[tuple[int, dict[str, list[int]]]]], None]


class Grants:
    """All methods may be called from any thread; `hear` of a session is called in the thread that freed what it gets."""

    def __init__(self, resources: Mapping[str, Definition]) -> None:
        self.resources = dict(resources)
        self._arbiter = Arbiter({name: one["size"] for name, one in resources.items()})
        self._sessions: dict[str, tuple[Hear, int]] = {}
        self._tickets: dict[str, set[int]] = {}
        self._lock = threading.Lock()

    def join(self, session: str, priority: int, hear: Hear) -> None:
        """A session begins; smaller priorities are more urgent."""
        with self._lock:
            self._sessions[session] = (hear, priority)
            self._tickets[session] = set()
            self._arbiter.resize(_places(session), 1)

    def holds_slots(self, session: str, number: int) -> None:
        """How many slots the session has now."""
        with self._lock:
            granted = self._arbiter.resize(_places(session), max(1, number)) if session in self._sessions else []
        self._tell(granted)

    def ask(self, session: str, requests: list[tuple[int, dict[str, int]]]) -> None:
        """The session asks under its tickets for units of resources; each of them can be had, or it is a ValueError."""
        granted: list[Grant] = []
        with self._lock:
            _, priority = self._sessions[session]
            for ticket, needs in requests:
                self._tickets[session].add(ticket)
                granted += self._arbiter.ask((session, ticket), {**needs, _places(session): 1}, priority)
        self._tell(granted)

    def give_back(self, session: str, tickets: list[int]) -> None:
        """The session has no use any more for what it asked for under these tickets."""
        granted: list[Grant] = []
        with self._lock:
            for ticket in tickets:
                self._tickets[session].discard(ticket)
                granted += self._arbiter.give_back((session, ticket))
        self._tell(granted)

    def leave(self, session: str) -> None:
        """The session is over, however it ended: all that it held is free."""
        with self._lock:
            self._sessions.pop(session, None)
            granted = [
                grant
                for ticket in sorted(self._tickets.pop(session, ()))
                for grant in self._arbiter.give_back((session, ticket))
            ]
        self._tell(granted)

    def _tell(self, granted: list[Grant]) -> None:
        by_session: dict[str, list[tuple[int, dict[str, list[int]]]]] = {}
        for grant in granted:
            session, ticket = cast("tuple[str, int]", grant.ticket)
            by_session.setdefault(session, []).append((ticket, grant.units))
        for session, grants in by_session.items():
            with self._lock:
                hear = self._sessions.get(session, (None, 0))[0]
            if hear is not None:
                hear(grants)


def _places(session: str) -> str:
    return f"places of {session}"

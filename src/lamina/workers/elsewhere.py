"""Tests of other categories that tests of this one depend on: what became of them in the categories that run before it.

Only those can be named. They are through when this session begins, since layers wait for layers and categories of a layer for
those before them; so nothing waits here, and no ring can go over categories.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from lamina.layers.spelling import listed
from lamina.sources.claims import Claimant, candidates
from lamina.workers.channel import Channel
from lamina.workers.names_of_tests import TestNames
from lamina.workers.protocol import Request

__all__ = ["Elsewhere", "Look", "looking", "unknown"]


class Elsewhere(NamedTuple):
    """`outcomes` by test id; `earlier` are the categories before this one in this run, `partly` those of them of which not all
    tests are known: something went wrong with them."""

    outcomes: dict[str, str]
    earlier: list[str]
    partly: list[str]

    def of(self, name: str) -> dict[str, str]:
        """Outcomes of the tests that `name` means; of a test that was not run in a category that went wrong also that."""
        ids = list(self.outcomes)
        matching = TestNames(ids, ()).matching(name, "session", "")
        found = {ids[index]: self.outcomes[ids[index]] for index in matching}
        return found or ({name: "not_run"} if self.partly else {})


# Asks for the tests that these names may mean.
Look = Callable[[Sequence[str]], Elsewhere]


def looking(channel: Channel) -> Look:
    """Asks the engine."""

    def look(names: Sequence[str]) -> Elsewhere:
        channel.send({"kind": "elsewhere", "names": list(names)})
        answer = channel.wait_for("elsewhere")
        return Elsewhere(answer["outcomes"], answer["earlier"], answer["partly"])

    return look


def unknown(name: str, own: TestNames, request: Request, elsewhere: Elsewhere) -> str:
    """What is wrong with a name that means no test of the category (`own`), nor one of those before it."""
    path = name.partition("::")[0]
    owners = _owners(path, request)
    before = f" and of those before it in this run ({listed(elsewhere.earlier)})" if elsewhere.earlier else ""
    allowed = f"; allowed: tests of its own category{before}"
    if owners:
        return f"depends on {name!r} of {listed(owners)}, which does not run before it{allowed}"
    meant = TestNames([*own.ids, *elsewhere.outcomes], ()).like(name)
    return f"depends on {name!r}, and there is no such test{meant}{allowed}"


def _owners(path: str, request: Request) -> list[str]:
    """The other categories that a file could be of, if there is such a file."""
    if not Path(request["root"], path).is_file():
        return []
    claimants = [Claimant(claim["name"], claim) for claim in request["claims"]]
    return [one.name for one in candidates(claimants, path) if one.name != request["category"]]

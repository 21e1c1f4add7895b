"""What a worker's tests were granted: the worker's end of what the session holds.

The session writes each grant into a file before it queues the tests that it is for, so that also a worker which was forked
long before finds it. Nothing is asked for here.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from _pytest.reports import BaseReport

from lamina.resources.handing import handing
from lamina.resources.pools import Objects
from lamina.resources.pytest_plugin import HOLDER
from lamina.workers.depending import GOOD, why_skipped
from lamina.workers.isolation import ISOLATION
from lamina.workers.protocol import Request
from lamina.workers.reports import outcome_of

if TYPE_CHECKING:
    from lamina.workers.traces import Traces

__all__ = ["Granted", "keep_grant"]


def keep_grant(folder: str, ticket: int, units: Mapping[str, list[int]]) -> None:
    """Writes down what was granted under a ticket."""
    _file(folder, ticket).write_text(json.dumps(units), encoding="ascii")


def _file(folder: str, ticket: int) -> Path:
    return Path(folder) / f"grant-{ticket}.json"


class Granted:
    """Registered with pytest in a session whose tests hold something or wait for each other, and so in its workers.

    `tickets` are those of the positions that hold something; `inside` says which positions a position depends on that run
    before it in the same worker; `awaited` are positions after which another one can begin at once.
    """

    # By which pytest's plugin manager knows it.
    __name__ = "lamina-granted"

    def __init__(
        self,
        request: Request,
        tickets: Mapping[int, int],
        inside: Mapping[int, Mapping[int, str]],
        awaited: Collection[int],
    ) -> None:
        self._request = request
        self._tickets = tickets
        self._inside = inside
        self._awaited = frozenset(awaited)
        # Outcomes of tests in this worker that others depend on, if they were not good.
        self._bad: dict[int, str] = {}
        self._units: dict[str, list[int]] = {}
        self._reason = ""
        self._changed: dict[str, str | None] = {}
        self._objects: Objects | None = None

    def pytest_configure(self, config: pytest.Config) -> None:
        """Becomes what the fixture `lamina_resource` asks."""
        config.stash[HOLDER] = self

    @property
    def details(self) -> dict[str, Any]:
        """What a spawned worker makes its own one of."""
        inside = [[position, list(needed.items())] for position, needed in self._inside.items()]
        return {"tickets": list(self._tickets.items()), "inside": inside, "awaited": sorted(self._awaited)}

    @classmethod
    def from_details(cls, request: Request, details: Mapping[str, Any]) -> Granted:
        """The same in another process."""
        inside = {position: dict(needed) for position, needed in details["inside"]}
        return cls(request, dict(details["tickets"]), inside, details["awaited"])

    # -- around a test -----------------------------------------------------------------------------------------------

    def begin(self, position: int) -> None:
        """The worker is going to run the test at `position`."""
        self._reason = self._what_failed(position)
        ticket = self._tickets.get(position)
        self._units = {} if ticket is None else json.loads(_file(self._request["folder"], ticket).read_text("ascii"))
        for name, units in self._units.items():
            resource = self._request["resources"][name]
            if resource["variable"] and units:
                values = resource["values"] or [str(unit) for unit in range(resource["size"])]
                self._changed[resource["variable"]] = os.environ.get(resource["variable"])
                os.environ[resource["variable"]] = ",".join(values[unit] for unit in units)

    def _what_failed(self, position: int) -> str:
        for other, name in self._inside.get(position, {}).items():
            if other in self._bad:
                return why_skipped(name, self._bad[other])
        return ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Skips a test if one that it depends on has just failed."""
        if self._reason:
            raise pytest.skip.Exception(self._reason, _use_item_location=True)

    def ended(self, position: int, reports: list[BaseReport]) -> bool:
        """The test has run, with these reports. Returns whether they say something of the test itself: not when it was skipped
        for another one's."""
        for variable, value in self._changed.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value
        self._changed.clear()
        if self._inside:
            outcome = outcome_of(reports)
            if outcome not in GOOD:
                self._bad[position] = outcome
        return not self._reason

    # -- objects -----------------------------------------------------------------------------------------------------

    def handing(self, item: pytest.Item) -> Callable[[str], Any]:
        """What the fixture `lamina_resource` gives to the test that runs."""
        if self._objects is None:
            self._objects = self._new_objects(item.config)
        return handing(self._objects, self._units)

    def _new_objects(self, config: pytest.Config) -> Objects:
        """Objects outlive the test that makes them, as what a session fixture makes does."""
        traces: Traces | None = config.pluginmanager.getplugin("lamina-traces")
        isolation = config.stash.get(ISOLATION, None)

        @contextmanager
        def making() -> Iterator[object]:
            with (
                isolation.lasting() if isolation else nullcontext(),
                traces.sharing() if traces else nullcontext() as noted,
            ):
                yield noted

        return Objects(self._request["resources"], making, traces.use if traces else lambda noted: None)

    def test_ended(self) -> None:
        """The test that had objects is torn down."""
        if self._objects is not None:
            self._objects.test_ended()

    def is_awaited(self, position: int) -> bool:
        """Whether others may wait for the end of the test at `position`, or for what it holds."""
        return position in self._tickets or position in self._awaited

    def close(self) -> None:
        """Ends the objects of this worker."""
        if self._objects is not None:
            self._objects.close()

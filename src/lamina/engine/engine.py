"""The face of the engine: one object for a run, which runs the categories that it is told to run."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from lamina.cache.database import cache_file
from lamina.cache.outside import keep as keep_outside
from lamina.engine import limits
from lamina.engine.audit import report
from lamina.engine.coverage import combine, coverage_file
from lamina.engine.earlier import Told, nothing_before
from lamina.engine.grants import Grants
from lamina.engine.link import Link
from lamina.engine.monitor import Monitor
from lamina.engine.selection import Asked, select
from lamina.engine.service_use import ServiceUse
from lamina.engine.session_request import RunFacts, Share, request_for
from lamina.engine.slots import Slots
from lamina.engine.stopping import Stopping
from lamina.engine.tally import Tally
from lamina.engine.tidying import tidy
from lamina.history.outcome import CategoryOutcome
from lamina.history.store import Store
from lamina.layers.model import Category, Configuration, Layer
from lamina.records import FAILING, CategoryRecord, CategoryStarted, Event, Note, TestFinished
from lamina.resources.definitions import definitions
from lamina.services.down import ServiceDownError
from lamina.sources.manifests import states_of_databases
from lamina.sources.tree import Table
from lamina.workers.ledger import Ledger

if TYPE_CHECKING:
    from lamina.services.run_services import RunServices

__all__ = ["Engine"]


class Engine:
    """Runs categories of `configuration` below `root`, at most `slots` workers at once.

    `began` is when the run began (seconds since the epoch; default: now), which spans of workers count from. `asked` are
    all categories of the run, those that come from cache included. With `follows_load` fewer workers are used while others
    keep the machine busy. `emit` gets every event, from several threads. `seats` are the workers of all runs of the checkout
    together (0, or fewer than `slots`: this run counts for itself), of which one in the background gives way sooner. `width`
    and `color` are the terminal's. `services` are ended with the engine. `told` tells what became of categories before one.
    """

    def __init__(
        self,
        *,
        root: Path,
        configuration: Configuration,
        slots: int,
        run_id: str,
        began: float | None = None,
        asked: Sequence[str] = (),
        emit: Callable[[Event], None],
        seats: int = 0,
        is_background: bool = False,
        follows_load: bool = False,
        color: bool = False,
        width: int = 100,
        services: RunServices | None = None,
        told: Told = nothing_before,
    ) -> None:
        self._root = root
        self._configuration = configuration
        self._databases: list[dict[str, Any]] = msgspec.to_builtins(configuration.databases)
        self._slots = Slots(max(1, slots))
        layers = configuration.layers
        self._scopes = limits.scopes(layers)
        self._ledger = Ledger.create(self._slots.total, limits.bounds(layers))
        worker = (configuration.settings.memory_per_worker_mb or 0) * 1_000_000
        self._monitor = Monitor(
            self._ledger, self._slots, lambda text: emit(Note(text)), follows_load=follows_load, worker=worker
        )
        self._stopping = Stopping(configuration.settings.fail_fast_threshold, configuration.layers)
        self._grants = Grants(definitions(configuration.resources, os.environ))
        self._run_id = run_id
        self._emit = emit
        self._color = color
        self._width = width
        self._services = services
        self._told = told
        self._began = time.time() if began is None else began
        self._asked = list(asked)
        self._executed: list[str] = []
        self._links: dict[str, Link] = {}
        self._lock = threading.Lock()
        # Not an Event: its lock would be held when a second signal comes while the first is handled.
        self._interrupted = False
        self.cache_dir = root / configuration.settings.cache_dir
        self._facts = RunFacts(
            root, self.cache_dir, run_id, configuration, self._databases, self._grants.resources, self._ledger.descriptor,
            self._slots.total, seats, is_background, color,
        )  # fmt: skip
        self._store = Store(self.cache_dir)
        tidy(str(self.cache_dir), configuration.settings.cache_ttl_hours, configuration.settings.cache_max_mb)

    def run_category(
        self, name: str, files: Sequence[str] = (), reason: str = "", state: str = "", table: Table | None = None,
        anywhere: bool = False, fresh: bool = False,
    ) -> CategoryOutcome:  # fmt: skip
        """Runs one category and blocks until it is through; failures of tests are results, not exceptions.

        Tests whose recorded dependencies are what they were are not run, unless `fresh`. `state` is the fingerprint of the
        category's configuration, `table` the project's files as they were looked at; `anywhere` says that tests may be in
        other files than `files`.
        """
        layer, category = self._find(name)
        earlier = self._store.durations(name)
        environment = self._environment(category)
        settings = self._configuration.settings
        asked = Asked(
            name, layer, files, state, table or {}, anywhere, fresh, settings.trace, settings.audit_share,
            settings.cache_granularity,
            states_of_databases({"databases": self._databases}),
        )  # fmt: skip
        selection = select(str(self.cache_dir), str(self._root), asked, environment)
        for note in selection.notes:
            self._emit(Note(note))
        # What the last run took says nothing of one that runs only some of its tests.
        seconds = 0.0 if selection.served else self._store.wall_seconds(name)
        self._emit(CategoryStarted(name, layer, len(earlier), seconds, earlier))
        if selection.is_complete:
            return self._with_outside(selection.outcome(self._run_id), asked, environment)
        self._slots.bound(name, layer, limits.workers_of_layer(self._layer(layer)))
        if settings.resource_monitoring:
            self._monitor.start()
        use = ServiceUse()
        try:
            is_over = self._interrupted or self._stopping.reason(layer)
            given = self._services.need(name, use.died) if self._services and not is_over else {}
        except ServiceDownError as error:
            return _not_run(name, layer, "interrupted" if self._interrupted else error.reason, error.log)
        slot = self._slots.first(name, lambda: self._interrupted or bool(self._stopping.reason(layer)))
        seconds, over = self._stopping.seconds_left(layer, category)
        stopped = self._stopping.reason(layer) or ("" if seconds else over)
        if slot is None or stopped:
            self._slots.leave(name)
            return _not_run(name, layer, "interrupted" if self._interrupted else stopped)
        link = Link(
            request_for(
                self._facts,
                category,
                self._share(category, layer, slot, len(earlier)),
                files,
                earlier,
                selection,
                state,
            ),
            Tally(name, layer, reason, self._began, selection.reason),
            self._slots,
            # What fails since a service died is not counted.
            lambda event: self._hear(layer, event) if use.death is None else self._emit(event),
            {**environment, **given, **category.environment},
            seconds,
            self._grants,
            over,
            self._told,
        )
        use.is_watching(link)
        with self._lock:
            self._links[name] = link
            if self._interrupted:
                link.interrupt()
        try:
            outcome = use.judged(link.run())
            if selection.audited:
                path = cache_file(str(self._root), str(self.cache_dir))
                for said in report(path, name, selection.audited, outcome.tests, self._run_id):
                    self._emit(said)
            return self._with_outside(selection.complete(outcome, link.served), asked, environment)
        finally:
            self._ledger.forget(*self._scopes[name])
            with self._lock:
                self._executed.append(name)
                self._links.pop(name, None)
            if self._services:
                self._services.leave(name)

    def _with_outside(self, outcome: CategoryOutcome, asked: Asked, environment: Mapping[str, str]) -> CategoryOutcome:
        """Keeps what the category's results depend on besides the project's files."""
        if not keep_outside(str(self.cache_dir), str(self._root), asked.name, asked.table, environment):
            outcome.is_provisional = True
        return outcome

    def _hear(self, layer: str, event: Event) -> None:
        """Passes an event of a session on. A failure may be the one that ends its layer, or the run."""
        self._emit(event)
        if not isinstance(event, TestFinished) or event.test.outcome not in FAILING:
            return
        self._stopping.failed(layer, f"{event.test.category}:{event.test.id}")
        for name, link in list(self._links.items()):
            reason = self._stopping.reason(self._find(name)[0])
            if reason:
                link.end_early(reason, self._stop_outcome)

    @property
    def _stop_outcome(self) -> str:
        return "not_run" if self._configuration.settings.fail_fast_mode == "now" else ""

    def interrupt(self) -> None:
        """Ends everything within two seconds; what was not run is reported so. Safe in a signal handler."""
        self._interrupted = True
        for link in list(self._links.values()):
            link.interrupt()
        if self._services:
            self._services.interrupt()

    @property
    def slots_in_use(self) -> int:
        """How many workers are at work, or could be."""
        return self._slots.in_use

    def kill_now(self) -> None:
        """Kills everything at once."""
        self._interrupted = True
        for link in list(self._links.values()):
            link.kill_now()
        if self._services:
            self._services.kill_now()

    def close(self) -> None:
        """Ends the run: nothing can be started any more, and what was measured of it is put together."""
        self._slots.close()
        if self._services:
            self._services.close()
        self._monitor.close()
        if not self._links:
            self._ledger.close()
        if any(coverage_file(self.cache_dir, name).exists() for name in self._executed):
            problem = combine(self._root, self.cache_dir, self._asked or self._executed)
            if problem:
                self._emit(Note(problem))

    def _find(self, name: str) -> tuple[str, Category]:
        for layer in self._configuration.layers:
            for category in layer.categories:
                if category.name == name:
                    return layer.name, category
        raise KeyError(name)

    def _layer(self, name: str) -> Layer:
        return next(layer for layer in self._configuration.layers if layer.name == name)

    def _share(self, category: Category, layer: str, slot: int, tests: int) -> Share:
        failures, reason = self._stopping.left(layer)
        memory = self._known_memory(category.name, tests)
        return Share(slot, failures, reason, self._stop_outcome, memory, self._scopes[category.name])

    def _known_memory(self, category: str, tests: int) -> dict[str, int]:
        """What tests need by earlier runs; the ledger gets the gist of it, for those that are not known."""
        known = self._store.memory(category)
        with self._ledger.locked():
            self._ledger.learn(self._scopes[category][0], max(known.values(), default=0), tests)
        return known

    def _environment(self, category: Category) -> dict[str, str]:
        own = {"COLUMNS": str(self._width), "LAMINA_CATEGORY": category.name}
        if self._color:
            own["PY_COLORS"] = "1"
        handed = self._services.handed_out(category.name) if self._services else {}
        return {**os.environ, **own, **category.environment, **handed}


def _not_run(name: str, layer: str, reason: str, summary: str = "") -> CategoryOutcome:
    record = CategoryRecord(name=name, layer=layer, outcome="not_run", reason=reason, summary=summary)
    return CategoryOutcome(record=record)

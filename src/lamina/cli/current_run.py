"""The run that goes on: what became of each category asked for, and the engine for those that have to run.

doit decides which category is run, skipped or given up; its reporter tells that here (`cached`, `unmet`), its tasks'
actions come here to be executed (`execute`). What is heavy is imported when the first category has to run.
"""

from __future__ import annotations

import os
import sys
import threading
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lamina.cli.process_start import process_start
from lamina.cli.project import Project
from lamina.cli.settled import Settled, settled_record
from lamina.cli.stream import is_terminal, wants_color, width
from lamina.cli.turns import Turns
from lamina.layers import plan
from lamina.sources.snapshot import take

if TYPE_CHECKING:
    from lamina.cli.keys import Keys
    from lamina.engine import Engine
    from lamina.history.outcome import CategoryOutcome
    from lamina.history.store import CategorySummary, Store
    from lamina.records import Event
    from lamina.reports.progress import Progress
    from lamina.reports.terminal import Terminal
    from lamina.services.run_services import RunServices

__all__ = ["PASSING", "CurrentRun"]

# What lets later layers begin.
PASSING = frozenset({"passed", "empty", "cached"})

# How long the end of a run waits for categories that were told to stop: they need two seconds at most.
_STOPPING_SECONDS = 5


class CurrentRun:
    """One run of doit. `settled` and `outcomes` hold, by category, what was not executed and what was."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self._begin(process_start())
        self.categories: list[str] = []
        self.settled: dict[str, Settled] = {}
        self.outcomes: dict[str, CategoryOutcome] = {}
        self.notes: list[str] = []
        # Passed, but not to be found up to date by the next run (see `_keep_pass`).
        self.unsure: set[str] = set()
        self.interrupted = False
        self.is_background = False
        self.keys: Keys | None = None
        self.always = False
        self.stream: Any = sys.stdout
        self.turns = Turns(_groups(project))
        self.services: RunServices | None = None
        self._engine: Engine | None = None
        self._summaries: dict[str, CategorySummary] = {}
        self._terminal: Terminal | None = None
        self._progress: Progress | None = None
        self._lock = threading.RLock()
        self._running = 0
        self._idle = threading.Condition()

    def _begin(self, began: float) -> None:
        self.began = began
        self.started = datetime.fromtimestamp(began, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        self.id = datetime.fromtimestamp(began, UTC).strftime("%Y%m%d-%H%M%S-") + f"{os.getpid():x}"

    def begin_anew(self) -> None:
        """This process was forked off to run it in the background: the id is its own."""
        self.is_background = True
        self._begin(self.began)

    @cached_property
    def store(self) -> Store:
        """What earlier runs came to."""
        from lamina.history.store import Store

        return Store(Path(self.project.cache_dir))

    # -- what doit tells ------------------------------------------------------------------------------------------

    def skipped(self, category: str) -> None:
        """Nothing that the category depends on changed."""
        empty = self.project.snapshot.is_empty(category)
        self._settle(
            category, Settled("empty", "no test file matches") if empty else Settled("cached", "nothing changed")
        )

    def given_up(self, category: str, reason: str) -> None:
        """The category can't be run in this run."""
        if category not in self.outcomes:
            self._settle(category, Settled("not_run", reason))

    def why_unmet(self, layers: list[str]) -> str:
        """Why a category can't be run whose layer waits for these: which of them failed, or why they were not run."""
        of_layer = self.project.layer_of
        failing = {of_layer[name] for name, done in self.outcomes.items() if done.record.outcome not in PASSING}
        failed = [layer for layer in layers if layer in failing]
        if failed:
            return f"{' and '.join(failed)} failed"
        reasons = [done.reason for name, done in self.settled.items() if of_layer[name] in layers]
        return next((reason for reason in reasons if reason.endswith("failed")), f"{' and '.join(layers)} did not pass")

    def _settle(self, category: str, settled: Settled) -> None:
        self.settled[category] = settled
        self.turns.settle(category)
        if self._terminal is not None:
            self._tell(category, settled)

    # -- what has to run ------------------------------------------------------------------------------------------

    def execute(self, category: str) -> str:
        """Runs a category to its end; returns what came of it, as in its record. Called from doit's threads."""
        with self._idle:
            self._running += 1
        try:
            if self.project.snapshot.is_empty(category):
                self._settle(category, Settled("empty", "no test file matches"))
                return "empty"
            if not self.turns.wait(category) or self.interrupted:
                self._settle(category, Settled("not_run", "interrupted"))
                return "not_run"
            return self._execute(category)
        finally:
            self.turns.settle(category)
            with self._idle:
                self._running -= 1
                self._idle.notify_all()

    def _execute(self, category: str) -> str:
        from lamina.records import CategoryFinished

        engine = self._open()
        snapshot = self.project.snapshot
        outcome = engine.run_category(
            category, files=snapshot.files_of(category), reason=self._reason(category),
            state=snapshot.configuration_state(category), table=snapshot.table, anywhere=snapshot.anywhere(category),
            fresh=bool(self.project.request.fresh or self.always),
        )  # fmt: skip
        is_kept = (outcome.tests or outcome.record.outcome != "not_run") and self._save(outcome)
        if outcome.record.outcome in PASSING:
            self._keep_pass(category, is_provisional=outcome.is_provisional or not is_kept)
        self.outcomes[category] = outcome
        self.emit(CategoryFinished(outcome.record))
        return outcome.record.outcome

    def _save(self, outcome: CategoryOutcome) -> bool:
        try:
            with self._lock:
                return self.store.save(outcome)
        except Exception as error:  # a run is never failed by its own bookkeeping
            self.notes.append(f"the results of {outcome.record.name} are not kept: {error}")
            return False

    def _keep_pass(self, category: str, is_provisional: bool) -> None:
        """Keeps that the category passed on these files, unless that does not depend on them alone, its results could not be
        kept, or somebody edited the files meanwhile: then nobody can say which content its tests saw, and going back to the
        old one must not find a pass."""
        before = self.project.snapshot
        now = take(self.project.root, self.project.cache_dir, self.project.configuration)
        if now.digest(category) == before.digest(category) and not is_provisional:
            before.mark_done(category)
        else:
            self.unsure.add(category)

    def _reason(self, category: str) -> str:
        from lamina.cli.reasons import NO_PASS, long_reason

        if self.project.request.fresh:
            return "fresh=true asks for everything"
        reason = long_reason(self.project.snapshot, category, self._summaries.get(category))
        return "asked for (-a)" if self.always and reason == NO_PASS else reason

    def emit(self, event: Event) -> None:
        """Shows an event."""
        if self._progress is not None:
            self._progress.handle(event)
        if self._terminal is not None:
            self._terminal.handle(event)

    def progress_facts(self) -> dict[str, Any]:
        """How far the run is (see `reports.progress`); before anything has to run: nothing."""
        if self._progress is None:
            return {}
        return {**self._progress.facts(), "slots_in_use": self._engine.slots_in_use if self._engine is not None else 0}

    def say(self, lines: list[str]) -> None:
        """Shows lines above whatever moves."""
        if self._terminal is not None:
            self._terminal.say(lines)
        else:
            print("\n".join(lines), file=sys.stderr)

    @property
    def has_bars(self) -> bool:
        """Whether there is a terminal on which lines may be moving."""
        return self._terminal is not None and is_terminal(self.stream)

    def announce(self, text: str) -> None:
        """Shows a line above whatever moves."""
        from lamina.records import Note

        self.emit(Note(text))

    def _open(self) -> Engine:
        """The engine, made with the terminal when the first category has to run."""
        with self._lock:
            if self._engine is None:
                from lamina.cli.opening import engine_for, services_of
                from lamina.reports import prepare

                self._summaries = self.store.summaries()
                self.open_terminal()
                if self.keys is not None:
                    self.keys.listen()
                self.services = services_of(self)
                self._engine = engine_for(self)
                # While the first session imports and collects on one processor.
                threading.Thread(target=prepare, args=(Path(self.project.reports_dir),), daemon=True).start()
            return self._engine

    # -- the terminal ---------------------------------------------------------------------------------------------

    def open_terminal(self) -> Terminal:
        """The terminal, told all that was settled so far."""
        with self._lock:
            if self._terminal is None:
                from lamina.reports.progress import Progress
                from lamina.reports.terminal import Terminal

                self._progress = Progress(self.categories, self.project.slots, self._last_seconds())
                self._terminal = Terminal(
                    self.stream,
                    color=wants_color(self.stream),
                    width=width(),
                    live=is_terminal(self.stream),
                    slow_seconds=self.project.configuration["settings"]["slow_test_seconds"],
                    each=self.project.request.live,
                )
                for category, settled in list(self.settled.items()):
                    self._tell(category, settled)
            return self._terminal

    def _last_seconds(self) -> dict[str, float]:
        return {name: summary.duration for name, summary in self._summaries.items()}

    def _tell(self, category: str, settled: Settled) -> None:
        from lamina.records import CategoryFinished

        self.emit(CategoryFinished(settled_record(self.project, category, settled)))

    # -- the end --------------------------------------------------------------------------------------------------

    def interrupt(self) -> None:
        """Ends all that runs, in order. Safe in a signal handler."""
        self.interrupted = True
        self.turns.close()
        if self._engine is not None:
            self._engine.interrupt()

    def kill_now(self) -> None:
        """Kills all that runs."""
        self.interrupted = True
        if self._engine is not None:
            self._engine.kill_now()

    def wait_for_idle(self) -> None:
        """Waits until no category is in the middle of ending."""
        with self._idle:
            self._idle.wait_for(lambda: self._running == 0, timeout=_STOPPING_SECONDS)
        if self._engine is not None:
            self._engine.close()


def _groups(project: Project) -> dict[str, tuple[str, int]]:
    return {
        category: (layer["name"], number)
        for layer in project.layers
        for number, wave in enumerate(plan.waves(project.configuration, layer["name"]))
        for category in wave
    }

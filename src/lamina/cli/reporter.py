"""doit's reporter: it hears of every task, so it is where a run begins and ends, whichever `run` command doit uses.

doit's own `run` is at work when a run starts in a subfolder (`doit -k`), where the project's pyproject.toml is not
read; that is why the beginning, the end and the exit status are here and not in lamina's `run` command.
"""

from __future__ import annotations

import os
import sys
from typing import Any, ClassVar

from doit.exceptions import BaseFail, TaskFailed, UnmetDependency
from doit.globals import Globals
from doit.reporter import ConsoleReporter
from doit.task import Task

from lamina.cli import background, closing
from lamina.cli.current_run import CurrentRun
from lamina.cli.detaching import Detached, detach, goes_to_background
from lamina.cli.doit_store import StateFile
from lamina.cli.doit_tasks import CATEGORY, kind_of
from lamina.cli.looking_in import show
from lamina.cli.signals import handled, restore
from lamina.cli.stream import is_terminal, print_whole, wants_color

__all__ = ["LayerReporter"]


class LayerReporter(ConsoleReporter):  # type: ignore[misc]
    """Categories go to `run`; a project's own tasks are shown as doit shows them."""

    desc = "layers with progress, other tasks as `console` does"
    run: ClassVar[CurrentRun]
    program = os.path.basename(sys.argv[0]) or "doit"

    def __init__(self, outstream: Any, options: dict[str, Any]) -> None:
        super().__init__(outstream, options)
        self.run.stream = outstream
        self._own_status = 0
        self._handlers: dict[Any, Any] = {}
        self._detached: Detached | None = None

    def initialize(self, tasks: dict[str, Task], selected_tasks: list[str]) -> None:
        """The run begins: finds the categories asked for, what they need included, and goes where it belongs."""
        _tell_of_background(self.run)
        if goes_to_background(self.run, selected_tasks):
            # Before it has any categories: whoever does not go on from here has no report to write.
            self._detached = detach(self.run, selected_tasks, self.program)
        wanted = _with_dependencies(tasks, selected_tasks)
        self.run.categories = [name for name in self.run.project.categories if name in wanted]
        self._handlers = handled(self.run)
        # A task of the project's own may want to read what is typed.
        if self._detached is None and all(kind_of(tasks[name]) for name in wanted):
            _prepare_keys(self.run)

    def get_status(self, task: Task) -> None:
        """A task comes up."""
        if self.run.interrupted:
            # Nothing further begins. doit ends its loop, and `complete_run` says what became of the rest.
            raise KeyboardInterrupt
        if kind_of(task) == CATEGORY:
            self.run.turns.arrive(task.name)

    def execute_task(self, task: Task) -> None:
        """A task begins; a category says so itself when it has its turn."""
        if not kind_of(task):
            super().execute_task(task)

    def skip_uptodate(self, task: Task) -> None:
        """A task is up to date."""
        kind = kind_of(task)
        if kind == CATEGORY:
            self.run.skipped(task.name)
        elif not kind:
            super().skip_uptodate(task)

    def skip_ignore(self, task: Task) -> None:
        """A task was told to be ignored (`doit ignore`)."""
        kind = kind_of(task)
        if kind == CATEGORY:
            self.run.given_up(task.name, "ignored (`doit ignore`; `doit forget` ends that)")
        elif not kind:
            super().skip_ignore(task)

    def add_failure(self, task: Task, fail: BaseFail) -> None:
        """A task failed, or can't be run because another one did."""
        kind = kind_of(task)
        if kind == CATEGORY:
            self._category_failed(task, fail)
        elif not kind:
            failed = isinstance(fail, (TaskFailed, UnmetDependency))
            self._own_status = max(self._own_status, closing.FAILED if failed else closing.ERROR)
            super().add_failure(task, fail)

    def _category_failed(self, task: Task, fail: BaseFail) -> None:
        if isinstance(fail, UnmetDependency):
            backend = Globals.dep_manager.backend
            if isinstance(backend, StateFile):
                backend.take_back_removal(task.name)
            self.run.given_up(task.name, self.run.why_unmet(fail.message.split()))
        elif not isinstance(fail, TaskFailed):
            # Not a result of tests but a fault in lamina: doit shows the traceback.
            self.run.given_up(task.name, "lamina could not run it: see the error above")
            self._own_status = closing.ERROR
            super().add_failure(task, fail)

    def complete_run(self) -> None:
        """The run is over: reports, last line, exit status.

        doit would give 2 for a layer that was not run because an earlier one failed; leaving by SystemExit is the one
        way to set the status that works with doit's own `run` command as well.
        """
        super().complete_run()
        underway = sys.exc_info()[1]
        try:
            status = closing.close(self.run) if self.run.categories else 0
        finally:
            restore(self._handlers)
            if self.run.keys is not None:
                self.run.keys.close()
        status = closing.INTERRUPTED if self.run.interrupted else max(status, self._own_status)
        if self._detached is not None:
            self._detached.finish(status or (closing.ERROR if isinstance(underway, Exception) else 0))
        if self.run.interrupted:
            raise SystemExit(status)
        if status and not isinstance(underway, Exception):
            raise SystemExit(status)


def _prepare_keys(run: CurrentRun) -> None:
    if is_terminal(sys.stdin) and is_terminal(run.stream):
        from lamina.cli.keys import Keys

        run.keys = Keys(lambda: show(run))
        run.keys.prepare()


def _tell_of_background(run: CurrentRun) -> None:
    """Says once how a run in the background has ended."""
    found = background.look(run.project.cache_dir)
    if found is not None and found.state != "running" and not found.facts.get("told"):
        from lamina.cli.background_text import ended_line

        print_whole(f"{ended_line(found, wants_color(run.stream))}\n", run.stream)
        background.mark_told(run.project.cache_dir, found.facts)


def _with_dependencies(tasks: dict[str, Task], selected: list[str]) -> set[str]:
    found: set[str] = set()
    waiting = list(selected)
    while waiting:
        name = waiting.pop()
        if name not in found and name in tasks:
            found.add(name)
            waiting.extend(tasks[name].task_dep)
            waiting.extend(tasks[name].setup_tasks)
    return found

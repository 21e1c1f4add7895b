"""Puts a run together for doit: project, checker, reporter and configuration; the one place where they meet."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from typing import Any

from doit.exceptions import InvalidDodoFile, TaskFailed
from doit.task import Task

from lamina.cli.checker import XxhChecker
from lamina.cli.current_run import PASSING, CurrentRun
from lamina.cli.doit_tasks import make_tasks
from lamina.cli.project import Project, open_project
from lamina.cli.reporter import LayerReporter
from lamina.cli.variables import given, request_of
from lamina.errors import UsageError
from lamina.layers import plan

__all__ = ["SetUp", "set_up"]


class SetUp:
    """A project with its run. `doit_config` is what doit is to be told."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.run = CurrentRun(project)
        # doit wants classes, which it makes instances of; their names are kept in its store.
        self._checker = type("XxhChecker", (XxhChecker,), {})
        self.doit_config: dict[str, Any] = {
            "reporter": type("LayerReporter", (LayerReporter,), {"run": self.run}),
            "check_file_uptodate": self._checker,
            "backend": "lamina",
            "dep_file": os.path.join(project.configuration["settings"]["cache_dir"], "doit.json"),
            "par_type": "thread",
            "num_process": project.slots,
            "continue": True,
            "default_tasks": plan.default_layers(project.configuration),
            "verbosity": 2,
        }

    def tasks(self) -> Iterator[Task]:
        """The layers and categories as doit tasks."""
        self._checker.known = self.project.snapshot.digests()  # type: ignore[attr-defined]
        return make_tasks(self.project, self._run_category)

    def _run_category(self, name: str) -> Any:
        outcome = self.run.execute(name)
        if name in self.run.unsure:
            # doit is about to keep the manifests' states; this one no later manifest can have.
            (*_, own) = self.project.snapshot.manifests(name)
            self._checker.known[own] = "not kept"  # type: ignore[attr-defined]
        if outcome in PASSING:
            return None
        return TaskFailed(f"{name}: {outcome}", report=False)


def set_up() -> SetUp:
    """Sets up the project in the current folder; raises InvalidDodoFile, which doit shows without a traceback."""
    root = os.getcwd()
    try:
        project = open_project(root, request_of(root, given()))
    except UsageError as error:
        raise InvalidDodoFile(str(error)) from None
    project.slots = _asked_on_command_line() or project.slots
    return SetUp(project)


def _asked_on_command_line() -> int:
    """The N of `-n N`. lamina's own `run` command sets it from doit's reading of the command line; where doit's is at
    work (`doit -k` in a subfolder) nobody else tells."""
    words = sys.argv[1:]
    for position, word in enumerate(words):
        for text in (word.removeprefix("-n"), word.removeprefix("--process=")):
            if text != word and text.isdigit():
                return int(text)
        if word in ("-n", "--process") and position + 1 < len(words) and words[position + 1].isdigit():
            return int(words[position + 1])
    return 0

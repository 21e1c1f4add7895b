"""What a project's dodo.py imports: DOIT_CONFIG, the layers as tasks, and its own tasks from a folder.

    from lamina.cli.dodo import DOIT_CONFIG, project_tasks, task_layers

    globals().update(project_tasks("tasks"))

doit makes the folder of dodo.py the current one before it imports it; everything here is about that folder.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from doit.task import Task

from lamina.cli.current_run import CurrentRun
from lamina.cli.project import Project
from lamina.cli.project_tasks import project_tasks
from lamina.cli.setting_up import SetUp, set_up

__all__ = ["DOIT_CONFIG", "current_run", "project", "project_tasks", "task_layers"]

DOIT_CONFIG: dict[str, Any]


@cache
def _set_up() -> SetUp:
    return set_up()


def project() -> Project:
    """The project in the current folder, opened once."""
    return _set_up().project


def current_run() -> CurrentRun:
    """The run that this process is for."""
    return _set_up().run


def task_layers() -> Iterator[Task]:
    """The layers and their categories."""
    yield from _set_up().tasks()


def __getattr__(name: str) -> Any:
    # Made when dodo.py asks for it and not when this module is imported, so that importing it for any other purpose
    # looks at no project.
    if name == "DOIT_CONFIG":
        return _set_up().doit_config
    raise AttributeError(name)

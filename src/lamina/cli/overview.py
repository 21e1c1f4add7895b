"""The state of every category as it would be found by a run now: for `doit list` and `doit plan`. Runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from doit.dependency import Dependency
from doit.task import Task

from lamina.cli.project import Project
from lamina.cli.reasons import LAST_TIME, long_reason, short_reason
from lamina.history.store import CategorySummary, Store

__all__ = ["UP_TO_DATE", "CategoryState", "LayerState", "states"]

UP_TO_DATE = "up to date"
_EMPTY = "empty"


class CategoryState(NamedTuple):
    """`state` is `up to date`, `empty` or why it would run; `reason` the same at length. `files` are test files;
    `tests` and `seconds` are the last run's (-1: never run)."""

    name: str
    state: str
    reason: str
    files: int
    tests: int
    seconds: float


class LayerState(NamedTuple):
    """A layer's keys as configured, its own state in a few words, and its categories in the order in which they run."""

    layer: dict[str, Any]
    state: str
    categories: list[CategoryState]


def states(project: Project, tasks: Mapping[str, Task], dependency: Dependency) -> list[LayerState]:
    """All layers in the order of the configuration. What was found wrong with the cache is added to the project's
    notes."""
    store = Store(Path(project.cache_dir))
    summaries = store.summaries()
    project.notes.extend([*project.snapshot.notes, *store.notes])
    found = []
    for layer in project.layers:
        names = tasks[layer["name"]].task_dep
        categories = [_category(project, tasks, dependency, name, summaries.get(name)) for name in names]
        found.append(LayerState(layer, _layer(project, categories), categories))
    return found


def _category(
    project: Project, tasks: Mapping[str, Task], dependency: Dependency, name: str, summary: CategorySummary | None
) -> CategoryState:
    snapshot = project.snapshot
    tests = summary.tests if summary else -1
    seconds = summary.duration if summary else -1.0
    files = snapshot.count(name)
    if snapshot.is_empty(name):
        return CategoryState(name, _EMPTY, "no test file matches", files, 0, 0.0)
    task = tasks[name]
    if dependency.status_is_ignore(task):
        return CategoryState(name, "ignored", "ignored (`doit ignore`)", files, tests, seconds)
    if dependency.get_status(task, tasks).status == "up-to-date":
        since = f"nothing changed since {summary.executed_at}" if summary else "nothing changed"
        return CategoryState(name, UP_TO_DATE, since, files, tests, seconds)
    state = "fresh=true" if project.request.fresh else short_reason(snapshot, name, summary)
    reason = "fresh=true asks for everything" if project.request.fresh else long_reason(snapshot, name, summary)
    return CategoryState(name, state, reason, files, tests, seconds)


def _layer(project: Project, categories: list[CategoryState]) -> str:
    """The state that is shared by all that are not empty, or the sum of what changed."""
    shown = {category.state for category in categories if category.state != _EMPTY}
    if not shown:
        return _EMPTY
    if len(shown) == 1:
        return shown.pop()
    for worst in LAST_TIME.values():
        if worst in shown:
            return worst
    waiting = [category for category in categories if category.state not in (UP_TO_DATE, _EMPTY)]
    changed = {path for category in waiting for path in project.snapshot.changed(category.name)}
    if changed:
        return f"{len(changed):,} file{'s' if len(changed) > 1 else ''} changed"
    return f"{len(waiting)} of {len(categories)} to run"

"""Layers and categories as doit tasks: a category is a task whose file dependencies are its manifests, a layer is a
group task on its categories, and a layer's edges are on each category of the later layer, so that `doit -s` can leave
them off."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

from doit.task import Task

from lamina.cli.project import Project
from lamina.layers import plan
from lamina.layers.services import handed_out
from lamina.sources.sqlite_header import identity

__all__ = ["CATEGORY", "LAYER", "kind_of", "make_tasks"]

CATEGORY, LAYER = "category", "layer"
_ORDER = "order"
_HISTORY = "history"


def make_tasks(project: Project, run_category: Callable[[str], Any]) -> Iterator[Task]:
    """The tasks of all layers. `run_category` is what a category's task does when it is not up to date."""
    for layer in project.layers:
        names = [name for wave in plan.waves(project.configuration, layer["name"]) for name in wave]
        # A group has nothing to do; saying that it is up to date keeps doit from writing that it was done.
        yield Task(
            layer["name"], None, task_dep=names, has_subtask=True, uptodate=[True], doc=layer["description"],
            meta={"lamina": LAYER},
        )  # fmt: skip
        before: list[str] = list(layer["depends_on"])
        for position, name in enumerate(names):
            edges = list(layer["depends_on"])
            if edges:
                # doit wakes tasks that wait for the same one in no particular order. A chain of tasks that do nothing
                # makes it the configured one; a category in a sequential layer then never waits for one that comes
                # later.
                link = f"_{layer['name']}_{position}"
                yield Task(link, None, task_dep=before, uptodate=[True], meta={"lamina": _ORDER})
                edges.append(link)
                before = [link]
            yield _category_task(project, layer, name, edges, run_category)


def kind_of(task: Task) -> str:
    """CATEGORY, LAYER, or "" for a task of the project's own."""
    kind: str = (task.meta or {}).get("lamina", "")
    return kind


def _category_task(
    project: Project, layer: dict[str, Any], name: str, edges: list[str], run_category: Callable[[str], Any]
) -> Task:
    snapshot = project.snapshot
    history = os.path.join(project.cache_dir, "history.sqlite3")
    empty = snapshot.is_empty(name)
    task = Task(
        name,
        [(run_category, [name])],
        file_dep=() if empty else snapshot.manifests(name),
        uptodate=[True]
        if empty
        else [not project.request.fresh, (_has_results, [history]), (_outside_is_unchanged, [project, name])],
        task_dep=edges,
        subtask_of=layer["name"],
        doc=project.categories[name]["description"],
        verbosity=2,
        # doit would replace sys.stdout for all threads while one of them captures.
        io={"capture": False},
        meta={"lamina": CATEGORY},
    )
    # Kept by doit when the category passed.
    task.value_savers.append(lambda: {_HISTORY: identity(history)})
    return task


def _outside_is_unchanged(project: Project, category: str) -> bool:
    """What the category's tests depend on besides the project's files: variables, files that are ignored or missing."""
    from lamina.cache.outside import is_unchanged

    handed = handed_out(project.configuration, category)
    environment = {**os.environ, **project.categories[category]["environment"], **handed}
    return is_unchanged(project.cache_dir, project.root, category, project.snapshot.table, environment)


def _has_results(task: Task, values: dict[str, Any], history: str) -> bool:
    """A category has to run when the history that has its results is gone (deleted, or set aside as broken): there would be
    nothing to show. doit gives `values`, what was kept with the task."""
    found = identity(history)
    return found != 0 and values.get(_HISTORY) == found

"""`doit clean`: forgets results, so that the next run executes; all, or those of the layers and categories named."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from doit.cmd_clean import Clean as DoitClean

from lamina.cli.doit_tasks import CATEGORY, kind_of
from lamina.cli.explained import Explained
from lamina.cli.project import Project

__all__ = ["Clean"]


class Clean(Explained, DoitClean):  # type: ignore[misc]
    """Own tasks are cleaned as doit does: their clean actions are run."""

    name = "clean"
    doc_purpose = "clear the cache, so that the next run executes; run the clean actions of other tasks"
    doc_usage = "[LAYER|CATEGORY|TASK...]"
    doc_description = "Without a name: everything. Durations are kept, since they only order the next run."

    def _execute(
        self, dryrun: bool, cleandep: bool, cleanall: bool, cleanforget: bool, pos_args: list[str] | None = None
    ) -> Any:
        from doit.cmd_base import check_tasks_exist

        tasks = {task.name: task for task in self.task_list}
        check_tasks_exist(tasks, pos_args, skip_wildcard=True)
        named = self._expand(pos_args or list(tasks))
        categories = [
            task.name
            for task in self.task_list
            if kind_of(task) == CATEGORY and (task.name in named or task.subtask_of in named)
        ]
        if categories:
            self._clear(categories, everything=not pos_args, dryrun=dryrun)
        own = [name for name in named if not kind_of(tasks[name])]
        if own:
            return super()._execute(dryrun, cleandep, False, cleanforget, own)
        self.dep_manager.close()
        return 0

    def _clear(self, categories: list[str], everything: bool, dryrun: bool) -> None:
        from lamina.cli.dodo import project

        what = "all results" if everything else ", ".join(categories)
        self.outstream.write(f"{'would forget' if dryrun else 'forgetting'} {what}\n")
        if dryrun:
            return
        forget(project(), None if everything else categories)
        for name in categories:
            self.dep_manager.remove(name)


def forget(project: Project, categories: Iterable[str] | None) -> None:
    """Forgets what these categories came to; None: all that there ever were."""
    from lamina.cache.database import CacheDatabase, cache_file
    from lamina.history.store import Store

    cache_dir = Path(project.cache_dir)
    chosen = None if categories is None else list(categories)
    Store(cache_dir).forget(chosen)
    CacheDatabase(cache_file(project.root, project.cache_dir)).forget(chosen)
    for name in project.categories if chosen is None else chosen:
        project.snapshot.forget(name)
    # Stored reports are of several categories together; they are made again by the next run that is all cached.
    shutil.rmtree(cache_dir / "stored", ignore_errors=True)
    shutil.rmtree(cache_dir / "coverage", ignore_errors=True)

"""`doit list`: the layers as a tree with their state, then the project's own tasks."""

from __future__ import annotations

from typing import Any

from doit.cmd_list import List as DoitList

from lamina.cli.doit_tasks import kind_of
from lamina.cli.explained import Explained
from lamina.cli.overview import LayerState, states
from lamina.cli.stream import print_whole, wants_color
from lamina.cli.table import aligned, color_for, duration, number, painted
from lamina.reports.wording import plural

__all__ = ["List"]


class List(Explained, DoitList):  # type: ignore[misc]
    """With any of doit's own options, or with names, it is doit's own list."""

    name = "list"
    doc_purpose = "show the layers with their state, and the project's own tasks"

    def _execute(
        self,
        subtasks: bool = False,
        quiet: bool = False,
        status: bool = False,
        private: bool = False,
        list_deps: bool = False,
        template: str | None = None,
        sort: str = "name",
        pos_args: list[str] | None = None,
    ) -> Any:
        tasks = {task.name: task for task in self.task_list}
        is_plain = not (subtasks or quiet or status or private or list_deps or template or pos_args or sort != "name")
        if not is_plain or not any(kind_of(task) for task in self.task_list):
            return super()._execute(subtasks, quiet, status, private, list_deps, template, sort, pos_args)
        from lamina.cli.dodo import project

        found = states(project(), tasks, self.dep_manager)
        text = tree(found, wants_color(self.outstream)) + self._own_tasks()
        print_whole(text + "".join(f"note: {note}\n" for note in project().notes), self.outstream)
        return 0

    def _own_tasks(self) -> str:
        own = [
            task
            for task in self.task_list
            if not kind_of(task) and not task.subtask_of and not task.name.startswith("_")
        ]
        if not own:
            return ""
        return "\n".join(["", "other tasks", *aligned([(f"  {task.name}", task.doc) for task in sorted(own)]), ""])


def tree(found: list[LayerState], color: bool) -> str:
    """The layers and their categories as lines."""
    rows = []
    for layer, state, categories in found:
        tests = sum(max(category.tests, 0) for category in categories)
        seconds = sum(max(category.seconds, 0.0) for category in categories)
        after = f"after {', '.join(layer['depends_on'])}" if layer["depends_on"] else ""
        limit = f"< {number(layer['max_duration_minutes'])} min"
        rows.append(
            (layer["name"], layer["execution_mode"], limit, state, _tests(tests), duration(seconds or -1), after)
        )
        by_name = {category["name"]: category for category in layer["categories"]}
        for category in categories:
            keys = by_name[category.name]
            rows.append(
                (
                    f"  {category.name}", f"{number(keys['timeout_seconds'])} s", f"x{keys['max_parallel_instances']}",
                    category.state, _tests(category.tests), duration(category.seconds if category.tests > 0 else -1),
                    "",
                )
            )  # fmt: skip
    lines = []
    for row, line in zip(rows, aligned(rows, right=(4, 5)), strict=True):
        # Painted after aligning: colour codes have a length but no width.
        lines.append(line if not color else _paint(line, row))
    return "\n".join(lines) + "\n"


def _tests(tests: int) -> str:
    return plural(tests, "test") if tests > 0 else ""


def _paint(line: str, row: tuple[str, ...]) -> str:
    name, state = row[0], row[3]
    head, tail = line[: len(name)], line[len(name) :]
    before, _, after = tail.partition(state)
    shown = painted(head, "bold", True) if not name.startswith(" ") else head
    return f"{shown}{before}{painted(state, color_for(state), True)}{after}"

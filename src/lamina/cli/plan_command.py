"""`doit plan`: what a run would do, in which order, within which limits, and why. Runs nothing."""

from __future__ import annotations

from typing import Any

from doit.cmd_base import DoitCmdBase
from doit.exceptions import InvalidCommand

from lamina.cli.explained import Explained
from lamina.cli.overview import CategoryState, LayerState, states
from lamina.cli.plan_needs import limits_text, needs_text, service_lines
from lamina.cli.project import Project
from lamina.cli.reasons import unmatched
from lamina.cli.stream import print_whole, wants_color
from lamina.cli.table import aligned, color_for, duration, number, painted
from lamina.errors import UsageError
from lamina.layers import levels, plan
from lamina.reports.wording import plural

__all__ = ["Plan"]

# Categories of which nothing is run.
_AT_REST = ("up to date", "empty", "ignored")


class Plan(Explained, DoitCmdBase):  # type: ignore[misc]
    """Shows the layers and categories named, or the default ones, with all that they wait for."""

    name = "plan"
    doc_purpose = "show what would run, in which order and why; runs nothing"
    doc_usage = "[LAYER|CATEGORY...] [env=NAME] [layer_config=FILE] [level=LEVEL]"
    cmd_options = ()

    def _execute(self, pos_args: list[str]) -> int:
        from lamina.cli.dodo import project

        current = project()
        try:
            selection = plan.select(current.configuration, pos_args)
        except UsageError as error:
            raise InvalidCommand(str(error)) from None
        named = [*selection.layers, *(plan.layer_of(current.configuration, name) for name in selection.categories)]
        needed = plan.with_prerequisites(current.configuration, named)
        earlier = {layer for name in named for layer in plan.prerequisites(current.configuration, name)}
        tasks = {task.name: task for task in self.task_list}
        found = {state.layer["name"]: state for state in states(current, tasks, self.dep_manager)}
        shown = {name: _only(found[name], None if name in earlier else set(selection.categories)) for name in needed}
        lines = _lines(current, shown, wants_color(self.outstream))
        print_whole("\n".join([*lines, ""]), self.outstream)
        return 0


def _only(state: LayerState, categories: set[str] | None) -> LayerState:
    """The layer with only these categories; None: all of them."""
    kept = [category for category in state.categories if categories is None or category.name in categories]
    return state._replace(categories=kept)


def _lines(project: Project, shown: dict[str, LayerState], color: bool) -> list[str]:
    phases = plan.phases(project.configuration, shown)
    lines = []
    total = 0.0
    for index, names in enumerate(phases, 1):
        lines.append(painted(f"phase {index}", "bold", color))
        seconds = [_layer_lines(project, shown[name], lines, color) for name in names]
        # Layers of one phase run side by side, as far as there are workers.
        total += max(seconds)
        lines.append("")
    lines.extend(service_lines(project, _running(shown)))
    lines.extend(_foot(project, shown, total))
    return lines


def _running(shown: dict[str, LayerState]) -> list[str]:
    """The categories that would be run, as far as nothing fails."""
    return [
        category.name for state in shown.values() for category in state.categories if category.state not in _AT_REST
    ]


def _layer_lines(project: Project, state: LayerState, lines: list[str], color: bool) -> float:
    layer = state.layer
    facts = [layer["execution_mode"], f"at most {number(layer['max_duration_minutes'])} min"]
    if layer["depends_on"]:
        facts.append(f"after {', '.join(layer['depends_on'])}")
    if layer["required_services"]:
        facts.append(f"needs {', '.join(layer['required_services'])}")
    if limits_text(layer["resource_limits"]):
        facts.append(limits_text(layer["resource_limits"]))
    lines.append(f"  {layer['name']}: {', '.join(facts)}")
    keys = {category["name"]: category for category in layer["categories"]}
    rows = [_row(category, keys[category.name]) for category in state.categories]
    for category, line in zip(state.categories, aligned(rows, right=(1, 2)), strict=True):
        lines.append(painted(line, color_for(category.state), color))
        needs = needs_text(keys[category.name])
        if needs and category.state != "empty":
            lines.append(f"      {needs}")
    return _predicted(project, state)


def _row(category: CategoryState, keys: dict[str, Any]) -> tuple[str, ...]:
    tests = plural(category.tests, "test") if category.tests > 0 else ""
    if not tests and category.files:
        tests = plural(category.files, "file")
    limits = f"{number(keys['timeout_seconds'])} s x{keys['max_parallel_instances']}"
    runs = {"up to date": "from cache", "empty": "empty", "ignored": "left out"}.get(category.state, "runs")
    predicted = duration(category.seconds) if runs == "runs" else ""
    return (f"    {category.name}", tests, limits, runs, predicted, category.reason)


def _predicted(project: Project, state: LayerState) -> float:
    """Seconds that the layer takes if its categories take as long as last time, those unknown not counted."""
    taken = {
        category.name: max(category.seconds, 0.0) for category in state.categories if category.state not in _AT_REST
    }
    total = 0.0
    for wave in plan.waves(project.configuration, state.layer["name"]):
        together = [taken.get(name, 0.0) for name in wave]
        total += max(max(together, default=0.0), sum(together) / project.slots)
    return total


def _foot(project: Project, shown: dict[str, LayerState], total: float) -> list[str]:
    categories = [category for state in shown.values() for category in state.categories]
    running = [category for category in categories if category.state not in _AT_REST]
    unknown = [category for category in running if category.seconds < 0]
    settings = project.configuration["settings"]
    level = ", ".join(f"{name}={value}{'' if own else ' (given)'}" for name, value, own in levels.explain(settings))
    lines = [
        f"{len(running)} of {len(categories)} categories would run, with {project.slots} worker"
        f"{'s' if project.slots > 1 else ''}; level {settings['level']}: {level}",
        f"{settings['level']}: {levels.LEAVES_OUT[settings['level']]}",
    ]
    if project.configuration["environment"]:
        lines.append(f"environment: {project.configuration['environment']}")
    lines += [
        f"warning: {unmatched(*one)}"
        for one in project.snapshot.unmatched_inputs
        if one[0] in {c.name for c in categories}
    ]
    if running:
        predicted = f"predicted from the last runs: {duration(total)}"
        lines.append(predicted + (f", {len(unknown)} not known yet" if unknown else ""))
    return lines

"""The engine of a run and its services, made when the first category has to run."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from lamina.cli.earlier import earlier_categories
from lamina.cli.stream import wants_color, width
from lamina.engine import Engine
from lamina.layers import configuration_of

if TYPE_CHECKING:
    from lamina.cli.current_run import CurrentRun
    from lamina.services.run_services import RunServices

__all__ = ["engine_for", "services_of"]


def engine_for(run: CurrentRun) -> Engine:
    """The engine; it ends the run's services."""
    project = run.project
    return Engine(
        root=Path(project.root),
        configuration=configuration_of(project.configuration),
        slots=project.slots,
        follows_load=project.follows_load,
        run_id=run.id,
        began=run.began,
        asked=run.categories,
        emit=run.emit,
        seats=project.seats,
        is_background=run.is_background,
        color=wants_color(run.stream),
        width=width(),
        services=run.services,
        told=partial(earlier_categories, run),
    )


def services_of(run: CurrentRun) -> RunServices | None:
    """The services of the project; None when it declares none."""
    project = run.project
    if not project.configuration["services"]:
        return None
    from lamina.services.run_services import RunServices

    return RunServices(
        project.root, project.cache_dir, project.configuration, run.id, project.snapshot.service_state, run.announce
    )

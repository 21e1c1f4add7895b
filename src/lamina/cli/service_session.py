"""The services of one category, for a command that runs its tests outside of a run of layers."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from lamina.cli.project import Project
from lamina.layers.services import required_services

__all__ = ["services_for"]


@contextmanager
def services_for(project: Project, category: str, say: Callable[[str], None]) -> Iterator[dict[str, str]]:
    """Starts what the category's tests need, gives the variables for them, and stops it again. Raises ServiceDownError."""
    if not required_services(project.configuration, category):
        yield {}
        return
    from lamina.services.run_services import RunServices

    services = RunServices(
        project.root,
        project.cache_dir,
        project.configuration,
        f"single-{os.getpid()}",
        project.snapshot.service_state,
        say,
    )
    try:
        yield services.need(category, lambda death: say(death.reason))
    finally:
        services.close()

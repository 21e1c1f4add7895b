"""The project that a command is about: its configuration and the snapshot of its files, each made once and when needed."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

from lamina.cli.variables import Request
from lamina.layers import compiled
from lamina.sources.snapshot import Snapshot, take

__all__ = ["Project", "open_project", "usable_cores"]


class Project:
    """Plain facts for everything in this package. `slots` is the number of workers that a run may use."""

    def __init__(self, root: str, request: Request, configuration: dict[str, Any]) -> None:
        self.root = root
        self.request = request
        self.configuration = configuration
        settings = configuration["settings"]
        self.cache_dir = os.path.join(root, settings["cache_dir"])
        self.reports_dir = os.path.join(root, "reports")
        self.slots: int = settings["max_workers"] or max(1, int(usable_cores() * settings["workers_per_core"]))
        self.layers: list[dict[str, Any]] = configuration["layers"]
        self.categories: dict[str, dict[str, Any]] = {
            category["name"]: category for layer in self.layers for category in layer["categories"]
        }
        self.layer_of: dict[str, str] = {
            category["name"]: layer["name"] for layer in self.layers for category in layer["categories"]
        }

    @cached_property
    def snapshot(self) -> Snapshot:
        """The files as they were when somebody first asked."""
        return take(self.root, self.cache_dir, self.configuration)


def open_project(root: str, request: Request) -> Project:
    """Reads the configuration; raises ConfigurationError."""
    plain = compiled.load(root, request.environment, request.layer_config, request.overrides or None)
    return Project(root, request, plain)


def usable_cores() -> int:
    """Cores that this process may use, which may be fewer than the machine has."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS
        return os.cpu_count() or 1

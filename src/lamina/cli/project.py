"""The project that a command is about: its configuration and the snapshot of its files, each made once and when
needed."""

from __future__ import annotations

import os
from functools import cached_property
from typing import Any

from lamina.cli.variables import Request
from lamina.layers import compiled
from lamina.machine import usable_cores
from lamina.sources.snapshot import Snapshot, take

__all__ = ["Project", "open_project"]


class Project:
    """Plain facts for everything in this package. `slots` is the number of workers that a run may use; `notes` what the
    user should know, a line each."""

    def __init__(self, root: str, request: Request, configuration: dict[str, Any]) -> None:
        self.root = root
        self.request = request
        self.configuration = configuration
        settings = configuration["settings"]
        self.notes = _settle_cache_dir(root, settings)
        # Whatever it writes into its cache is gone at the end.
        self.forgets = bool(self.notes)
        self.cache_dir = os.path.join(root, settings["cache_dir"])
        self.reports_dir = os.path.join(root, "reports")
        # A number that somebody gave is not lowered for the load of others.
        self.follows_load = settings["max_workers"] is None
        self.slots: int = settings["max_workers"] or max(1, int(usable_cores() * settings["workers_per_core"]))
        # What all runs of the checkout share, whatever `-n` says for one of them.
        self.seats = self.slots
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
    plain = compiled.load(root, request.environment, request.layer_config, dict(request.overrides))
    return Project(root, request, plain)


def _settle_cache_dir(root: str, settings: dict[str, Any]) -> list[str]:
    """Puts a temporary folder in the place of a cache folder that can't be written: the run goes on, and is
    forgotten."""
    path = os.path.join(root, settings["cache_dir"])
    try:
        os.makedirs(path, exist_ok=True)
        if os.access(path, os.W_OK | os.X_OK):
            return []
        problem = "is read-only"
    except OSError as error:
        problem = f"can't be made ({error.strerror})"
    import atexit
    import shutil
    import tempfile

    settings["cache_dir"] = tempfile.mkdtemp(prefix="lamina-")
    atexit.register(shutil.rmtree, settings["cache_dir"], ignore_errors=True)
    return [f"the cache folder {path} {problem}: nothing of this run will be remembered"]

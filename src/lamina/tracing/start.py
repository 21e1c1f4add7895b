"""Begins to note what a process uses; has to be called before the project's first module is imported."""

from __future__ import annotations

import os
import sys
from typing import NamedTuple

from lamina.tracing import noting
from lamina.tracing.children import Children
from lamina.tracing.environment import watch_environment
from lamina.tracing.filesystem import watch_files
from lamina.tracing.finalizing import stay_to_the_end
from lamina.tracing.importing import Importing
from lamina.tracing.inputs import Inputs
from lamina.tracing.kept import Kept
from lamina.tracing.recorder import Recorder
from lamina.tracing.resolving import Resolving

__all__ = ["Tracing", "start"]


class Tracing(NamedTuple):
    """What `start` has set going."""

    recorder: Recorder
    importing: Importing
    # As it was then, before any plugin or conftest set anything.
    environment: dict[str, str]


def start(root: str, cache_dir: str, folder: str = "") -> Tracing:
    """From now on, for the rest of the process. `folder` is for notes of child processes."""
    environment = dict(os.environ)
    inputs = Inputs(root, cache_dir)
    recorder = Recorder(inputs)
    importing = Importing(root, os.path.join(cache_dir, "code"), recorder)
    recorder.children = Children(
        recorder, root, cache_dir, os.path.join(folder or cache_dir, "children"), importing.analysis
    )
    resolving = Resolving(recorder, *noting.install(recorder, importing.project_path), importing.project_path)
    kept = Kept(recorder)
    importing.install(resolving.loaded, kept.loaded)
    watch_environment(inputs)
    watch_files(inputs)
    recorder.children.install()
    resolving.install()
    kept.install()
    _note_early_modules(recorder, importing)
    stay_to_the_end(recorder)
    return Tracing(recorder, importing, environment)


def _note_early_modules(recorder: Recorder, importing: Importing) -> None:
    """What Python imports by itself when it starts is in reach of every test, if it is the project's."""
    for name in ("sitecustomize", "usercustomize"):
        recorder.base.names.add(name)
        path = importing.project_path(getattr(sys.modules.get(name), "__file__", None) or os.sep)
        if path is not None:
            recorder.base.modules.add(path)

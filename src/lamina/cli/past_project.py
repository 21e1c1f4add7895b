"""The project as it was at a git revision, for `doit affected since=REVISION`."""

from __future__ import annotations

import os
import tempfile
from functools import cached_property
from pathlib import Path
from typing import Any

from lamina.cache.past import Past
from lamina.cache.present import MISSING
from lamina.cli.project import Project
from lamina.errors import UsageError
from lamina.layers.services import handed_out
from lamina.sources.manifests import fingerprints_of, state_of_configuration, states_of_databases
from lamina.sources.revision import difference_to

__all__ = ["PastProject"]


class PastProject:
    """Knows what differs from the present `project`. Raises UsageError for a revision that is not there."""

    def __init__(self, project: Project, name: str) -> None:
        self._project = project
        self._revision = difference_to(project.root, name)
        self.changed = frozenset(self._revision.changed)

    def present_of(self, category: str) -> Past:
        """The tree as a run of the category would have seen it."""
        environment: dict[str, str] = {}
        states: dict[str, str] = {category: MISSING}
        configuration = self._configuration
        described = [
            one for layer in configuration.get("layers", ()) for one in layer["categories"] if one["name"] == category
        ]
        if described:
            environment = {**described[0]["environment"], **handed_out(configuration, category)}
        table = self._project.snapshot.table
        past = Past(
            self._project.root,
            table,
            {**os.environ, **environment},
            self._revision,
            categories=states,
            databases=states_of_databases(configuration),
        )
        if described:
            states[category] = state_of_configuration(configuration, category, fingerprints_of(past.table))
        return past

    @cached_property
    def _configuration(self) -> dict[str, Any]:
        """The configuration of then; empty when it can't be used."""
        changed = {path: blob for path, blob in self._revision.changed.items() if path.startswith("layers/")}
        if not changed:
            return self._project.configuration
        from lamina.layers import compiled

        request = self._project.request
        with tempfile.TemporaryDirectory() as folder:
            for path in {*changed, *self._files_now()}:
                blob = changed.get(path)
                content = Path(self._project.root, path).read_bytes() if path not in changed else blob and blob.content
                if content is not None:
                    file = Path(folder, path)
                    file.parent.mkdir(parents=True, exist_ok=True)
                    file.write_bytes(content)
            try:
                return compiled.load(folder, request.environment, request.layer_config, dict(request.overrides))
            except UsageError:
                return {}

    def _files_now(self) -> list[str]:
        top = Path(self._project.root)
        return [str(path.relative_to(top)) for path in (top / "layers").rglob("*.yaml") if path.is_file()]

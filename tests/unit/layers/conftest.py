"""A project folder made from texts, and its configuration."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from lamina.layers.loading import load
from lamina.layers.model import Configuration

# Large enough for any limit that a test does not mean to be too large.
MEMORY_MB = 16_000


class Project:
    """A project's configuration files, and what comes of them without this process's environment variables."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.variables: dict[str, str] = {}

    def write(self, **texts: str) -> Project:
        """`layers="..."` is the layers file, any other name an environment file; texts start behind a line break."""
        for name, text in texts.items():
            path = "layers/test_layers.yaml" if name == "layers" else f"layers/environments/{name}.yaml"
            self.file(path, text.removeprefix("\n"))
        return self

    def file(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def load(
        self,
        environment: str | None = None,
        layer_config: str | None = None,
        memory_mb: int = MEMORY_MB,
        **overrides: str,
    ) -> Configuration:
        return load(self.root, environment, layer_config, overrides, variables=self.variables, memory_mb=memory_mb)

    def plain(self, environment: str | None = None, **overrides: str) -> dict[str, Any]:
        plain: dict[str, Any] = msgspec.to_builtins(self.load(environment, **overrides))
        return plain


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.fixture
def category_of() -> Callable[[Configuration, str], Any]:
    def find(configuration: Configuration, name: str) -> Any:
        return next(one for layer in configuration.layers for one in layer.categories if one.name == name)

    return find

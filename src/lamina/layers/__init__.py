"""The configuration of a run: layers of categories from YAML, checked, merged, and kept in a compiled form.

`compiled.load` gives it as plain data without the heavy parts where nothing changed; `load_configuration` builds it
afresh as typed structs; `plan` answers what runs before what. Importing this package costs nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lamina.layers.model import Configuration

__all__ = ["configuration_of", "load_configuration"]


def load_configuration(
    root: Path,
    environment: str | None = None,
    layer_config: str | None = None,
    overrides: Mapping[str, str] | None = None,
) -> Configuration:
    """Read, merge and check the project's configuration; raises ConfigurationError with every fault.

    `environment` and `layer_config` are what the command line asks for (None: nothing; LAMINA_ENV then chooses the
    environment), `overrides` its settings by name, as text.
    """
    from lamina.layers.loading import load

    return load(root, environment, layer_config, overrides)


def configuration_of(plain: dict[str, Any]) -> Configuration:
    """The typed form of what `lamina.layers.compiled.load` returns."""
    import msgspec

    from lamina.layers.model import Configuration

    return msgspec.convert(plain, Configuration)

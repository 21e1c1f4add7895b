"""Which files make up a project's configuration: the layers file and the environment file.

Knows where they lie and which there are, and nothing of what is in them. Light: this is read on the path where nothing
has to run.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from lamina.errors import Fault
from lamina.layers.spelling import did_you_mean, listed
from lamina.layers.variable_names import ENVIRONMENT

__all__ = ["DEFAULTS", "ENVIRONMENTS_DIR", "LAYERS_FILE", "Sources", "find", "shown_name"]

LAYERS_FILE = "layers/test_layers.yaml"
ENVIRONMENTS_DIR = "layers/environments"
DEFAULTS = Path(__file__).parent / "defaults.yaml"


class Sources(NamedTuple):
    """The files to read (None where there is none), the environment ("" for none), what is wrong with the choice."""

    layers: Path | None
    overrides: Path | None
    environment: str
    faults: list[Fault]


def find(root: Path, environment: str | None, layer_config: str | None, variables: Mapping[str, str]) -> Sources:
    """The configuration files for a project root and what the command line and LAMINA_ENV ask for.

    `environment` and `layer_config` are None where the command line does not give them.
    """
    faults: list[Fault] = []
    layers = _custom_file(root, layer_config, faults) if layer_config else _layers_file(root, faults)
    source = "env" if environment else ENVIRONMENT
    name = (environment or variables.get(ENVIRONMENT, "")).strip()
    overrides = _environment_file(root, name, source, faults) if name else None
    return Sources(layers, overrides, name, faults)


def shown_name(root: Path, path: Path) -> str:
    """A file's name in messages and results: posix, relative to the root when it is inside, absolute otherwise."""
    normal, base = os.path.normpath(root / path), os.path.normpath(root)
    return Path(os.path.relpath(normal, base) if normal.startswith(base + os.sep) else normal).as_posix()


def _custom_file(root: Path, layer_config: str, faults: list[Fault]) -> Path | None:
    path = root / layer_config
    if path.is_file():
        return path
    faults.append(
        Fault(
            "there is no such file",
            key="layer_config",
            found=layer_config,
            allowed="a YAML file, from the project's root",
        )
    )
    return None


def _layers_file(root: Path, faults: list[Fault]) -> Path | None:
    path = root / LAYERS_FILE
    if path.exists():
        return path
    _refuse_other_suffix(root, LAYERS_FILE, faults)
    return None


def _environment_file(root: Path, name: str, source: str, faults: list[Fault]) -> Path | None:
    # The name becomes part of a path; a name from this list can't lead elsewhere.
    known = _environments(root)
    file = f"{ENVIRONMENTS_DIR}/{name}.yaml"
    if name in known:
        return root / file
    if "/" not in name and _refuse_other_suffix(root, file, faults):
        return None
    problem = f"there is no environment of this name{did_you_mean(name, known)}"
    where = f"{ENVIRONMENTS_DIR}/*.yaml" if known else f"add {ENVIRONMENTS_DIR}/NAME.yaml for one"
    faults.append(Fault(problem, key=source, found=name, allowed=f"{listed(known)} ({where})"))
    return None


def _environments(root: Path) -> list[str]:
    """The environments that the project has, by name."""
    try:
        names = [path.name for path in (root / ENVIRONMENTS_DIR).iterdir()]
    except OSError:
        return []
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml") and not name.startswith("."))


def _refuse_other_suffix(root: Path, file: str, faults: list[Fault]) -> bool:
    """Say so when a file is there as .yml: read as missing, it would silently leave the defaults in force."""
    other = file.removesuffix(".yaml") + ".yml"
    there = (root / other).exists()
    if there:
        faults.append(Fault("is not read under this name", file=other, allowed=f"{file}: rename it"))
    return there

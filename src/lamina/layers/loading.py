"""Reads, merges, checks and builds the configuration: the way from files, variables and command line to the model.

Precedence, first wins: command line, environment variables, environment file, layers file, built-in defaults.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from lamina.errors import ConfigurationError, Fault
from lamina.layers import files
from lamina.layers.checking import BUILT_IN, check_sense, machine_memory_mb, without_disabled
from lamina.layers.levels import with_level
from lamina.layers.merging import Part, from_environment_file, from_layers_file, merge, place_of
from lamina.layers.model import Configuration, Layer
from lamina.layers.reading import KeyPath, Place, read_file
from lamina.layers.variables import from_command_line, from_variables

__all__ = ["folder_patterns", "load"]

_LAYER_MINUTES = Layer(name="x").max_duration_minutes


def load(
    root: Path,
    environment: str | None = None,
    layer_config: str | None = None,
    overrides: Mapping[str, str] | None = None,
    *,
    variables: Mapping[str, str] | None = None,
    memory_mb: int | None = None,
) -> Configuration:
    """The project's configuration; raises ConfigurationError with every fault found.

    `environment` and `layer_config` are what the command line gives (None: nothing), `overrides` its settings by name.
    `variables` and `memory_mb` are the process's and the machine's unless given.
    """
    variables = os.environ if variables is None else variables
    sources = files.find(root, environment, layer_config, variables)
    merged, read = _merged_files(root, sources)
    merged = merge(merge(merged, from_variables(variables)), from_command_line(overrides or {}))
    data = without_disabled(merged.data)
    memory = machine_memory_mb() if memory_mb is None else memory_mb
    faults = sources.faults + merged.faults + check_sense(data, merged.places, memory)
    faults += _check_cache_dir(root, data.get("settings", {}).get("cache_dir"), merged.places)
    if faults:
        raise ConfigurationError(_in_order(faults))
    plain = {**_built(_with_room(data, merged.places)), "environment": sources.environment, "files": read}
    return msgspec.convert(plain, Configuration)


def folder_patterns(category: str) -> list[str]:
    """The patterns of a category that says nothing about its tests: the test folders of its name."""
    return [f"**/tests/{category}/**", f"**/test/{category}/**"]


def _merged_files(root: Path, sources: files.Sources) -> tuple[Part, list[str]]:
    """Defaults, layers file and environment file merged, and the names of the files that are the project's."""
    merged, read = from_layers_file(read_file(files.DEFAULTS, BUILT_IN)), []
    if sources.layers:
        read.append(files.shown_name(root, sources.layers))
        document = read_file(sources.layers, read[-1])
        project = from_layers_file(document)
        from_nothing = isinstance(document.data, dict) and document.data.get("defaults") is False
        merged = project if from_nothing else merge(merged, project)
    if sources.overrides:
        read.append(files.shown_name(root, sources.overrides))
        document = read_file(sources.overrides, read[-1])
        merged = merge(merged, from_environment_file(document, merged))
    return merged, read


def _check_cache_dir(root: Path, cache_dir: Any, places: dict[KeyPath, Place]) -> list[Fault]:
    """`doit clean` empties the cache folder, so it must not be a folder that holds anything else of the project's."""
    if not isinstance(cache_dir, str):
        return []
    base = root.resolve()
    # "~" stays what it is: a folder of that name in the project is surely not meant.
    found = (base / cache_dir).resolve()
    holds_project = found == base or found in base.parents
    if not holds_project and not cache_dir.startswith("~"):
        return []
    problem = (
        "holds the project itself, and clean would empty it"
        if holds_project
        else "starts with ~, which is not expanded"
    )
    place = place_of(places, ("settings", "cache_dir"))
    allowed = "a folder of its own, such as .lamina, or an absolute path"
    return [Fault(problem, file=place.file, line=place.line, key=place.key, found=f'"{cache_dir}"', allowed=allowed)]


def _in_order(faults: list[Fault]) -> list[Fault]:
    """By file and line, each once; an alias makes the same fault come by again."""
    unique = {(str(fault)): fault for fault in faults}
    return sorted(unique.values(), key=lambda fault: (fault.file, fault.line))


def _built(data: dict[str, Any]) -> dict[str, Any]:
    """Merged data in the model's form: lists instead of mappings by name, and what is not given filled in."""
    settings = with_level(data.get("settings", {}))
    layers = [_layer(name, keys, settings) for name, keys in data["layers"].items()]
    services = [{**keys, "name": name} for name, keys in data.get("services", {}).items()]
    databases = [{**keys, "name": name} for name, keys in data.get("databases", {}).items()]
    resources = [{**keys, "name": name} for name, keys in data.get("resources", {}).items()]
    return {
        "layers": _in_execution_order(layers),
        "services": services,
        "databases": databases,
        "resources": resources,
        "settings": settings,
    }


def _with_room(data: dict[str, Any], places: dict[KeyPath, Place]) -> dict[str, Any]:
    """The data with limits of layers that the project did not set itself raised to what one of their categories may take:
    who gives a category an hour does not mean that its layer is stopped after the built-in two minutes."""
    layers = {}
    for name, keys in data["layers"].items():
        longest = max((one.get("timeout_seconds", 0.0) for one in keys["categories"].values()), default=0.0) / 60
        path: KeyPath = ("layers", name, "max_duration_minutes")
        is_given = path in places and place_of(places, path).file != BUILT_IN
        is_short = not is_given and keys.get("max_duration_minutes", _LAYER_MINUTES) < longest
        layers[name] = {**keys, "max_duration_minutes": longest} if is_short else keys
    return {**data, "layers": layers}


def _layer(name: str, keys: dict[str, Any], settings: dict[str, Any]) -> dict[str, Any]:
    categories = []
    for category in keys["categories"].values():
        filters = category.get("filters", {})
        asks = any(filters.get(key) for key in ("include_patterns", "markers", "keywords", "rest"))
        if not asks:
            filters = {**filters, "include_patterns": folder_patterns(category["name"])}
        needs = [{"name": need} if isinstance(need, str) else need for need in category.get("resources", [])]
        categories.append({"retries": settings["retries"], **category, "filters": filters, "resources": needs})
    return {**keys, "name": name, "title": keys.get("name", ""), "categories": categories}


def _in_execution_order(layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The layers by `execution_order`, or after those written before where it is not given; none before what it
    depends on."""
    last = 0
    for layer in layers:
        last = max(
            last + 1 if "execution_order" not in layer else 0, layer.setdefault("execution_order", last + 1), last
        )
    waiting = sorted(layers, key=lambda layer: layer["execution_order"])
    ordered: list[dict[str, Any]] = []
    placed: set[str] = set()
    while waiting:
        # Cycles were refused before, so there is always one.
        ready = next(layer for layer in waiting if placed.issuperset(layer["depends_on"]))
        waiting.remove(ready)
        ordered.append(ready)
        placed.add(ready["name"])
    return ordered

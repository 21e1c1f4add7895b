"""What runs before what: pure functions over the plain form of the configuration (`lamina.layers.compiled.load`).

Layers are phases of a graph; categories have an order within their layer. Knows nothing of files, results or doit, and
imports nothing heavy: `doit list` and the run in which nothing changed both come through here.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from lamina.errors import UsageError
from lamina.layers.spelling import did_you_mean, listed

__all__ = [
    "Selection",
    "default_layers",
    "earlier_categories",
    "edges",
    "layer_of",
    "phases",
    "prerequisites",
    "select",
    "waves",
    "with_prerequisites",
]

Plain = dict[str, Any]

# SPEC L6: what runs when nothing is named.
_DEFAULT_LAYERS = 3


class Selection(NamedTuple):
    """What a command line names: layers asked for as a whole, and all categories asked for, those of the layers
    included; both in the order of the configuration, by name."""

    layers: list[str]
    categories: list[str]


def default_layers(configuration: Plain) -> list[str]:
    """The layers that run when none is named: the first three that are not background."""
    foreground = [layer["name"] for layer in configuration["layers"] if layer["execution_mode"] != "background"]
    return foreground[:_DEFAULT_LAYERS]


def select(configuration: Plain, names: Iterable[str] = ()) -> Selection:
    """The layers and categories that `names` mean; no names mean the default layers.

    Raises UsageError for a name that is neither.
    """
    wanted = list(names) or default_layers(configuration)
    holders = _holders(configuration)
    layers = {layer["name"]: _category_names(layer) for layer in configuration["layers"]}
    for name in wanted:
        if name not in layers and name not in holders:
            known = [*layers, *holders]
            raise UsageError(
                f"there is no layer or category {name!r}{did_you_mean(name, known)}; "
                f"layers: {listed(layers)}; categories: {listed(holders)}"
            )
    chosen = [name for name in layers if name in wanted]
    whole = {category for name in chosen for category in layers[name]}
    return Selection(chosen, [category for category in holders if category in whole or category in wanted])


def layer_of(configuration: Plain, category: str) -> str:
    """The name of a category's layer; raises KeyError for a category that is not there."""
    return _holders(configuration)[category]


def edges(configuration: Plain) -> list[tuple[str, str]]:
    """Every (earlier layer, later layer) that the configuration asks for."""
    return [(earlier, layer["name"]) for layer in configuration["layers"] for earlier in layer["depends_on"]]


def prerequisites(configuration: Plain, layer: str) -> list[str]:
    """The layers that must have run before one, those that they wait for included, in execution order."""
    return [name for name in with_prerequisites(configuration, [layer]) if name != layer]


def with_prerequisites(configuration: Plain, layers: Iterable[str]) -> list[str]:
    """The layers and all that they wait for, in execution order."""
    waits_for = {layer["name"]: layer["depends_on"] for layer in configuration["layers"]}
    needed: set[str] = set()
    open_ends = list(layers)
    while open_ends:
        layer = open_ends.pop()
        if layer not in needed:
            needed.add(layer)
            open_ends.extend(waits_for[layer])
    return [name for name in waits_for if name in needed]


def earlier_categories(configuration: Plain, category: str) -> list[str]:
    """The categories that are through before one begins, when they are part of the run: those of the layers that its own waits
    for, and those that come before it in its own."""
    layer = layer_of(configuration, category)
    found = [
        name for other in prerequisites(configuration, layer) for wave in waves(configuration, other) for name in wave
    ]
    for wave in waves(configuration, layer):
        if category in wave:
            break
        found.extend(wave)
    return found


def phases(configuration: Plain, layers: Iterable[str] | None = None) -> list[list[str]]:
    """The layers (None: all) in phases: each waits only for layers of earlier phases, and is in the first that it can.

    Only the given layers count; an edge through one that is left out still orders the two that it joins.
    """
    wanted = None if layers is None else set(layers)
    depth: dict[str, int] = {}
    # Layers come in an order in which none stands before what it waits for, so one pass is enough.
    for layer in configuration["layers"]:
        name = layer["name"]
        counts = wanted is None or name in wanted
        depth[name] = max((depth[earlier] for earlier in layer["depends_on"]), default=0) + (1 if counts else 0)
    found: dict[int, list[str]] = {}
    for name, phase in depth.items():
        if wanted is None or name in wanted:
            found.setdefault(phase, []).append(name)
    return [found[phase] for phase in sorted(found)]


def waves(configuration: Plain, layer: str) -> list[list[str]]:
    """A layer's categories in groups that run one after another, as its mode says: sequential gives one to each group,
    hybrid one group for each priority, parallel and background a single group. Smaller priorities come first."""
    (keys,) = [one for one in configuration["layers"] if one["name"] == layer]
    by_priority: dict[int, list[str]] = {}
    for category in keys["categories"]:
        by_priority.setdefault(category["priority"], []).append(category["name"])
    groups = [by_priority[priority] for priority in sorted(by_priority)]
    in_order = [name for group in groups for name in group]
    if keys["execution_mode"] == "sequential":
        return [[name] for name in in_order]
    if keys["execution_mode"] == "hybrid":
        return groups
    return [in_order] if in_order else []


def _category_names(layer: Plain) -> list[str]:
    return [category["name"] for category in layer["categories"]]


def _holders(configuration: Plain) -> dict[str, str]:
    """The layer of each category."""
    return {category: layer["name"] for layer in configuration["layers"] for category in _category_names(layer)}

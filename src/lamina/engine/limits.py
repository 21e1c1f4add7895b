"""What `resource_limits` of layers and categories come to: workers at one time, and bounds for the ledger of memory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import count

from lamina.layers.model import Category, Layer, ResourceLimits

__all__ = ["bounds", "scopes", "workers_of", "workers_of_layer"]

_MB = 1_000_000


def workers_of(category: Category) -> int:
    """Workers that the category uses at most: a worker counts as a core."""
    return min([category.max_parallel_instances, *_workers(category.resource_limits)])


def workers_of_layer(layer: Layer) -> int | None:
    """Workers that the layer's categories use at most together; None: any number."""
    return min(_workers(layer.resource_limits), default=None)


def _workers(limits: ResourceLimits | None) -> list[int]:
    if limits is None:
        return []
    given = [limits.instances] if limits.instances is not None else []
    return given + ([max(1, int(limits.cpu))] if limits.cpu is not None else [])


def scopes(layers: Sequence[Layer]) -> dict[str, tuple[int, int]]:
    """By category: its own number and its layer's number in the ledger."""
    numbers = count()
    found: dict[str, tuple[int, int]] = {}
    for layer in layers:
        own = next(numbers)
        found.update({category.name: (next(numbers), own) for category in layer.categories})
    return found


def bounds(layers: Sequence[Layer]) -> list[int]:
    """Bytes by number, as `scopes` numbers them; 0: no bound."""
    return [_memory(limits) for layer in layers for limits in _of(layer)]


def _of(layer: Layer) -> list[ResourceLimits | None]:
    return [layer.resource_limits, *(category.resource_limits for category in layer.categories)]


def _memory(limits: ResourceLimits | None) -> int:
    return 0 if limits is None or limits.memory_mb is None else limits.memory_mb * _MB

"""What resource limits come to."""

from __future__ import annotations

import pytest

from lamina.engine.limits import bounds, scopes, workers_of, workers_of_layer
from lamina.layers.model import Category, Layer, ResourceLimits


@pytest.mark.parametrize(
    ("limits", "workers"),
    [
        (None, 4),
        (ResourceLimits(), 4),
        (ResourceLimits(instances=2), 2),
        (ResourceLimits(instances=9), 4),
        (ResourceLimits(cpu=3.9), 3),
        (ResourceLimits(cpu=0.5), 1),
        (ResourceLimits(cpu=2, instances=1), 1),
    ],
)
def test_workers_of_a_category(limits: ResourceLimits | None, workers: int) -> None:
    assert workers_of(Category(name="a", max_parallel_instances=4, resource_limits=limits)) == workers


def test_workers_of_a_layer() -> None:
    assert workers_of_layer(Layer(name="a")) is None
    assert workers_of_layer(Layer(name="a", resource_limits=ResourceLimits(memory_mb=5))) is None
    assert workers_of_layer(Layer(name="a", resource_limits=ResourceLimits(cpu=2.5, instances=7))) == 2


def test_bounds_are_in_the_order_of_the_scopes() -> None:
    layers = [
        Layer(
            name="a",
            categories=(Category(name="one"), Category(name="two", resource_limits=ResourceLimits(memory_mb=3))),
        ),
        Layer(name="b", resource_limits=ResourceLimits(memory_mb=5), categories=(Category(name="three"),)),
    ]
    assert scopes(layers) == {"one": (1, 0), "two": (2, 0), "three": (4, 3)}
    assert bounds(layers) == [0, 0, 3_000_000, 5_000_000, 0]

"""What the fixture `lamina_resource` gives to a test."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from lamina.layers.spelling import listed
from lamina.resources.pools import Objects, ResourceError

__all__ = ["handing"]


def handing(objects: Objects, units: Mapping[str, list[int]], others: Collection[str] = ()) -> Callable[[str], Any]:
    """Gives the objects of what a test was granted, by name, and the first one of `others`. What was granted is made at once,
    so that what can't be made is an error of the test's set-up."""
    ready = {name: objects.of(name, numbers) for name, numbers in units.items() if objects.makes(name)}

    def give(name: str) -> Any:
        if name in ready:
            return ready[name]
        if name in units:
            return objects.of(name, units[name])
        if name in others:
            return objects.of(name, [0])
        raise ResourceError(
            f'the test does not ask for {name!r}: mark it with @pytest.mark.resource("{name}") (it asks for {listed(units)})'
        )

    return give

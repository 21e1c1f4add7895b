"""Resources in the configuration: their short forms, and every fault with its message."""

from __future__ import annotations

from typing import Any

import pytest

from lamina.errors import ConfigurationError
from lamina.layers.model import Need, Resource

FILE = "layers/test_layers.yaml"
NEED = f"{FILE}:9: layers.fast_feedback.categories[unit].resources"


def asking(needs: str) -> str:
    """A layers file with a lock, a pool of two, and what the category `unit` needs on line 9."""
    return (
        "resources:\n  gateway:\n  drivers: 2\nlayers:\n  fast_feedback:\n    categories:\n      - name: unit\n"
        f"        resources:\n          - {needs}\n"
    )


FAULTS = {
    "unknown resource": (
        asking("gatway"),
        f"{NEED}[0]: there is no resource of this name, did you mean gateway? (found gatway); "
        "allowed: gateway, drivers, gpu (the section resources)",
    ),
    "more than there are": (
        asking("{name: drivers, count: 3}"),
        f"{NEED}[drivers]: drivers has 2, so this can never be met (found count: 3); allowed: up to 2",
    ),
    "two of a lock": (
        asking("{name: gateway, count: 2}"),
        f"{NEED}[gateway]: gateway is a lock, of which there is one (found count: 2); allowed: shared, or no count",
    ),
    "a shared pool": (
        asking("{name: drivers, shared: true}"),
        f"{NEED}[drivers]: drivers is a pool; only locks are shared (found shared: true); allowed: count, 1 to 2",
    ),
    "a shared GPU": (
        asking("{name: gpu, shared: true}"),
        f"{NEED}[gpu]: can't be shared; it is counted (found gpu); allowed: count",
    ),
    "a number for a need": (
        asking("7"),
        f"{NEED}[0]: has the wrong type (found 7); "
        "allowed: text that is not empty, or a mapping with the keys name, shared, count",
    ),
    "a size of nothing": (
        "resources:\n  drivers: 0",
        f"{FILE}:2: resources.drivers: is out of range (found 0); allowed: a whole number from 1 up to 100000, or a mapping "
        "with the keys description, size, values, variable, factory, health_check, close, recycle_after_uses, wait_seconds",
    ),
    "a size that is not the number of values": (
        "resources:\n  accounts:\n    size: 3\n    values: [a, b]",
        f"{FILE}:3: resources.accounts.size: is not the number of its values (found 3); allowed: 2, or no size",
    ),
    "a value twice": (
        "resources:\n  accounts:\n    values: [a, a]",
        f"{FILE}:3: resources.accounts.values: names a member twice (found a, a); allowed: each once",
    ),
    "values and a factory": (
        "resources:\n  accounts:\n    values: [a]\n    factory: shop:account",
        f"{FILE}:4: resources.accounts.factory: makes objects of a pool that has values; "
        "allowed: either values, or a factory",
    ),
    "a health check of nothing": (
        "resources:\n  drivers:\n    size: 2\n    health_check: web:alive",
        f"{FILE}:4: resources.drivers.health_check: is of no use without a factory (found web:alive); "
        "allowed: a factory beside it",
    ),
    "a factory that is no function": (
        "resources:\n  drivers:\n    factory: web.make",
        f'{FILE}:3: resources.drivers.factory: is not the name of a function (found "web.make"); '
        "allowed: package.module:function",
    ),
    "a variable that can't be one": (
        "resources:\n  drivers:\n    size: 2\n    variable: 2ND",
        f"{FILE}:4: resources.drivers.variable: is not the name of a variable (found 2ND); allowed: letters, digits, _",
    ),
    "a name that is none": (
        "resources:\n  the gateway:",
        f"{FILE}:2: resources.the gateway: is not a usable name (found the gateway); "
        "allowed: a letter, then letters, digits, _ or -, at most 64 in all",
    ),
}


@pytest.mark.parametrize(("text", "message"), FAULTS.values(), ids=FAULTS)
def test_fault(project: Any, text: str, message: str) -> None:
    project.write(layers=text)
    with pytest.raises(ConfigurationError) as caught:
        project.load()
    assert str(caught.value) == message


def test_locks_and_pools_in_their_short_forms(project: Any) -> None:
    project.write(layers="resources:\n  gateway:\n  drivers: 16\n")
    assert project.load().resources == (Resource(name="gateway"), Resource(name="drivers", size=16))


def test_what_a_category_needs_in_both_forms(project: Any, category_of: Any) -> None:
    project.write(
        layers=asking(
            "gateway\n          - {name: drivers, count: 2}\n          - drivers\n          - {name: gpu, count: 9}"
        )
    )
    assert category_of(project.load(), "unit").resources == (
        Need(name="gateway"),
        Need(name="drivers", count=2),
        Need(name="drivers"),
        Need(name="gpu", count=9),
    )


def test_an_environment_changes_the_size_and_keeps_the_factory(project: Any) -> None:
    project.write(
        layers="resources:\n  drivers:\n    size: 16\n    factory: web:make\n", ci="resources:\n  drivers: 4\n"
    )
    assert project.load("ci").resources == (Resource(name="drivers", size=4, factory="web:make"),)

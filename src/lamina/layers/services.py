"""What the configuration says of services: which a category needs, and the variables that its tests are handed.

Pure functions over the plain form; imports nothing heavy, as the run in which nothing changed asks too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

__all__ = [
    "HANDED_OUT",
    "handed_out",
    "in_start_order",
    "port_variables",
    "required_services",
    "variable_prefix",
]

# Names, in the environment of a category's session, the variables whose values come from services: a port that is another one
# in each run must not make results invalid. What counts instead is the service's declaration.
HANDED_OUT = "LAMINA_HANDED_OUT"

Plain = dict[str, Any]


def in_start_order(configuration: Plain, names: Iterable[str]) -> list[Plain]:
    """The services of these names and those that they depend on, each after what it depends on."""
    declared = {service["name"]: service for service in configuration.get("services", ())}
    found: dict[str, Plain] = {}

    def visit(name: str) -> None:
        if name not in found and name in declared:
            for other in declared[name]["depends_on"]:
                visit(other)
            found[name] = declared[name]

    for name in names:
        visit(name)
    return list(found.values())


def required_services(configuration: Plain, category: str) -> list[Plain]:
    """The services that a category's tests need, in the order in which they are to be started."""
    for layer in configuration["layers"]:
        for one in layer["categories"]:
            if one["name"] == category:
                names = (*layer.get("required_services", ()), *one.get("required_services", ()))
                return in_start_order(configuration, names)
    return []


def variable_prefix(service: str) -> str:
    """What the names of the variables begin with that tests get for every service: `LAMINA_SERVICE_REDIS`."""
    return f"LAMINA_SERVICE_{service.upper().replace('-', '_')}"


def port_variables(service: Plain) -> Iterator[tuple[str, str]]:
    """(variable, name of the port) for each port; the name of the main one is ""."""
    prefix = variable_prefix(service["name"])
    yield f"{prefix}_PORT", ""
    for name in service["ports"]:
        yield f"{prefix}_PORT_{name.upper().replace('-', '_')}", name


def handed_out(configuration: Plain, category: str) -> dict[str, str]:
    """The variable that names what a category's tests are handed by services; empty when they are handed nothing.

    A variable that the category sets itself keeps the category's value.
    """
    services = required_services(configuration, category)
    if not services:
        return {}
    own: Plain = next(
        one["environment"]
        for layer in configuration["layers"]
        for one in layer["categories"]
        if one["name"] == category
    )
    names = {name for service in services for name in service["provides"] if name not in own}
    return {HANDED_OUT: " ".join(sorted(names))}

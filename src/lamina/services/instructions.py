"""What a keeper is told: a service with everything filled in, as plain data that goes over a pipe."""

from __future__ import annotations

import shlex
import signal
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from lamina.layers.model import Service
from lamina.layers.placeholders import filled
from lamina.layers.services import port_variables, variable_prefix
from lamina.services.ports import HOST, free_ports

__all__ = ["Instructions", "Place", "instructions_for", "place_for", "variables_for"]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a service is: its ports by name (the main one is ""), and a folder of its own."""

    ports: dict[str, int]
    folder: str


class Instructions(msgspec.Struct, frozen=True, kw_only=True):
    """One service to be started, kept and stopped. `lasting`: it stays up when who started it is gone."""

    name: str
    command: list[str]
    environment: dict[str, str]
    root: str
    ports: list[int]
    folder: str
    log: str
    kind: str
    url: str
    line: str
    check: list[str]
    start_timeout: float
    stop_signal: int
    grace: float
    token: str
    lasting: bool = False


def place_for(service: Service, folder: str) -> Place:
    """The declared ports, with a free one for each that is not fixed."""
    declared = {"": service.port, **service.ports}
    free = iter(free_ports(sum(1 for number in declared.values() if not number)))
    return Place(ports={name: number or next(free) for name, number in declared.items()}, folder=folder)


def instructions_for(
    service: Service, place: Place, others: Mapping[str, Place], root: str, log: Path, token: str, lasting: bool = False
) -> Instructions:
    """The service with its placeholders filled in; `others` are the places of those that it depends on."""

    def fill(text: str) -> str:
        return filled(text, lambda name: _value(name, service, place, others, root))

    def words(command: str) -> list[str]:
        # Split first: what is filled in may have blanks.
        return [fill(word) for word in shlex.split(command)]

    return Instructions(
        name=service.name,
        command=words(service.command),
        environment={name: fill(text) for name, text in service.environment.items()},
        root=root,
        ports=list(place.ports.values()),
        folder=place.folder,
        log=str(log),
        kind=service.readiness.kind,
        url=fill(service.readiness.url),
        line=service.readiness.line,
        check=words(service.readiness.command),
        start_timeout=service.start_timeout_seconds,
        stop_signal=int(signal.Signals[service.stop_signal]),
        grace=service.stop_grace_seconds,
        token=token,
        lasting=lasting,
    )


def variables_for(service: Service, place: Place, others: Mapping[str, Place], root: str) -> dict[str, str]:
    """The environment variables that tests get: those that every service gives, and what it `provides`."""
    given = {f"{variable_prefix(service.name)}_HOST": HOST}
    for variable, port in port_variables({"name": service.name, "ports": service.ports}):
        given[variable] = str(place.ports[port])
    for variable, text in service.provides.items():
        given[variable] = filled(text, lambda name: _value(name, service, place, others, root))
    return given


def _value(name: str, service: Service, place: Place, others: Mapping[str, Place], root: str) -> str:
    head, _, tail = name.partition(".")
    if head in others and tail:
        return HOST if tail == "host" else str(others[head].ports[tail.removeprefix("ports.") if "." in tail else ""])
    if head == "ports":
        return str(place.ports[tail])
    values = {
        "port": str(place.ports[""]), "host": HOST, "dir": place.folder, "root": root, "python": sys.executable,
        "name": service.name,
    }  # fmt: skip
    return values[name]

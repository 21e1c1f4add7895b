"""Checks that the section `services` makes sense: commands, placeholders, ports, readiness, and who waits for whom."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from lamina.layers.expressions import pattern_problem, variable_problem
from lamina.layers.names import NAME_RULE, is_safe_name
from lamina.layers.placeholders import placeholders
from lamina.layers.reading import KeyPath
from lamina.layers.services import variable_prefix
from lamina.layers.shape import WRONG
from lamina.layers.spelling import did_you_mean, listed

if TYPE_CHECKING:
    from lamina.layers.checking import Check

__all__ = ["check_services"]

# What every service's placeholders may name; ports and other services come to it.
_ALWAYS = ("port", "host", "dir", "root", "python", "name")
# The key that each kind of readiness needs.
_NEEDED = {"log": "line", "command": "command"}


def check_services(check: Check) -> None:
    """Reports every fault in the section."""
    services = check.data.get("services", {})
    for name, keys in services.items():
        path: KeyPath = ("services", name)
        if not is_safe_name(name):
            check.report("is not a usable name", path, found=name, allowed=NAME_RULE)
        _check_command(check, keys, path)
        _check_references(check, name, keys, path)
        _check_placeholders(check, keys, path, _known(keys, services))
        _check_readiness(check, keys.get("readiness", {}), (*path, "readiness"))
        _check_ports(check, keys, path)
        for index, pattern in enumerate(keys.get("inputs", [])):
            problem = None if pattern is WRONG else pattern_problem(pattern)
            if problem:
                check.report(problem[0], (*path, "inputs", index), found=f'"{pattern}"', allowed=problem[1])
    _check_collisions(check, services)
    _check_rings(check, services)


def _check_command(check: Check, keys: dict[str, Any], path: KeyPath) -> None:
    command = keys.get("command", "")
    if not command.strip():
        check.report(
            "lacks the key command",
            (*path, "command") if "command" in keys else path,
            allowed="the command line that starts it",
        )
    _check_words(check, command, (*path, "command"))


def _check_words(check: Check, command: str, path: KeyPath) -> None:
    try:
        shlex.split(command)
    except ValueError as error:
        check.report(f"is not a command line: {error}", path, found=command, allowed="words, quoted as for a shell")


def _check_references(check: Check, name: str, keys: dict[str, Any], path: KeyPath) -> None:
    services = check.data["services"]
    others = [other for other in services if other != name]
    for index, other in enumerate(keys.get("depends_on", [])):
        if other is not WRONG and other not in services:
            problem = f"there is no service of this name{did_you_mean(other, others)}"
            check.report(
                problem, (*path, "depends_on", index), (*path, "depends_on"), found=other, allowed=listed(others)
            )


def _known(keys: dict[str, Any], services: dict[str, Any]) -> set[str]:
    """The names that a service's placeholders may have."""
    known = {*_ALWAYS, *(f"ports.{port}" for port in keys.get("ports", {}))}
    for other in keys.get("depends_on", []):
        if other is not WRONG and other in services:
            known |= {f"{other}.port", f"{other}.host"}
            known |= {f"{other}.ports.{port}" for port in services[other].get("ports", {})}
    return known


def _texts(keys: dict[str, Any], path: KeyPath) -> Iterator[tuple[str, KeyPath]]:
    """Every text in which placeholders are filled in, with its place."""
    yield keys.get("command", ""), (*path, "command")
    for section in ("environment", "provides"):
        for variable, text in keys.get(section, {}).items():
            yield text, (*path, section, variable)
    for key in ("url", "command"):
        yield keys.get("readiness", {}).get(key, ""), (*path, "readiness", key)


def _check_placeholders(check: Check, keys: dict[str, Any], path: KeyPath, known: set[str]) -> None:
    for text, where in _texts(keys, path):
        for name in placeholders(text):
            if name not in known:
                problem = f"has a placeholder that stands for nothing{did_you_mean(name, sorted(known))}"
                allowed = ", ".join(f"{{{one}}}" for one in sorted(known)) + "; {{ and }} for braces"
                check.report(problem, where, found=f"{{{name}}}", allowed=allowed)
    for section in ("environment", "provides"):
        for variable, text in keys.get(section, {}).items():
            wrong = variable_problem(variable, text)
            if wrong:
                check.report(wrong[0], (*path, section, variable), found=f'"{variable}"', allowed=wrong[1])


def _check_readiness(check: Check, keys: dict[str, Any], path: KeyPath) -> None:
    kind = keys.get("kind", "tcp")
    needed = _NEEDED.get(kind, "")
    if needed and not keys.get(needed, "").strip():
        check.report(f"lacks the key {needed}, which kind {kind} needs", path, allowed="text that is not empty")
    for key, its_kind in (("url", "http"), ("line", "log"), ("command", "command")):
        if key in keys and kind != its_kind:
            check.report(f"is for kind {its_kind}", (*path, key), found=f"kind {kind}", allowed=f"kind: {its_kind}")
    if not keys.get("url", "http://").startswith("http://"):
        check.report(
            "is not an address of this kind", (*path, "url"), found=keys["url"], allowed="http://{host}:{port}/…"
        )
    _check_words(check, keys.get("command", ""), (*path, "command"))
    try:
        re.compile(keys.get("line", ""))
    except re.error as error:
        check.report(
            f"is not a regular expression: {error}", (*path, "line"), found=keys["line"], allowed="as in Python's re"
        )


def _check_ports(check: Check, keys: dict[str, Any], path: KeyPath) -> None:
    if keys.get("reuse") and not keys.get("port"):
        check.report(
            "needs a fixed port, by which it is found",
            (*path, "reuse"),
            found="port 0, a free one",
            allowed="port: NUMBER",
        )
    if keys.get("reuse") and keys.get("readiness", {}).get("kind") == "log":
        problem = "can't be known to be ready: what it wrote went elsewhere"
        check.report(problem, (*path, "reuse"), found="readiness kind log", allowed="readiness by tcp, http or command")
    for name in keys.get("ports", {}):
        if not is_safe_name(name):
            check.report("is not a usable name", (*path, "ports", name), found=name, allowed=NAME_RULE)


def _check_collisions(check: Check, services: dict[str, Any]) -> None:
    """Two services with one port, or with variables of one name."""
    ports: dict[int, str] = {}
    variables: dict[str, str] = {}
    for name, keys in services.items():
        path: KeyPath = ("services", name)
        fixed: dict[KeyPath, int] = {("port",): keys.get("port", 0)}
        fixed.update({("ports", port): number for port, number in keys.get("ports", {}).items()})
        for key, number in fixed.items():
            if number and number in ports:
                check.report(
                    f"is a port of {ports[number]} as well", (*path, *key), found=number, allowed="a port for each"
                )
            ports.setdefault(number, name)
        # Names that differ in - and _ alone would give variables of the same name.
        for variable in (variable_prefix(name), *keys.get("provides", {})):
            if variable in variables:
                where = (*path, "provides", variable) if variable in keys.get("provides", {}) else path
                problem = f"gives tests variables that {variables[variable]} gives too"
                check.report(problem, where, found=variable, allowed="variables of its own")
            variables.setdefault(variable, name)


def _check_rings(check: Check, services: dict[str, Any]) -> None:
    """Services that wait for each other, each ring once."""
    done = set[str]()

    def visit(name: str, above: list[str]) -> None:
        if name in above:
            ring = above[above.index(name) :]
            paths: list[KeyPath] = [("services", one, "depends_on") for one in ring]
            way = " -> ".join([*ring, name])
            check.report(
                "services wait for each other in a ring", *paths, found=way, allowed="an order without a way back"
            )
            return
        if name in done:
            return
        for other in services[name].get("depends_on", []):
            if other is not WRONG and other in services:
                visit(other, [*above, name])
        done.add(name)

    for name in services:
        visit(name, [])

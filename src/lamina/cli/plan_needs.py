"""What a run would need besides workers, as `doit plan` shows it: resources and limits of categories, services to be started."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from lamina.cli.project import Project
from lamina.cli.table import aligned, number
from lamina.layers.placeholders import filled
from lamina.layers.services import in_start_order, required_services

__all__ = ["limits_text", "needs_text", "service_lines"]


def needs_text(keys: dict[str, Any]) -> str:
    """What each test of a category holds, and what all of them may use together; empty when nothing is said of either."""
    held = ", ".join(_need(need) for need in keys["resources"])
    limits = limits_text(keys["resource_limits"])
    return "; ".join(part for part in (f"each test holds {held}" if held else "", limits) if part)


def limits_text(limits: dict[str, Any] | None) -> str:
    """ "at most 500 MB, 2 cores, 3 workers together"; empty without limits."""
    limits = limits or {}
    units = (("memory_mb", "MB"), ("cpu", "cores"), ("instances", "workers"))
    given = [f"{number(limits[key])} {unit}" for key, unit in units if limits.get(key) is not None]
    return f"at most {', '.join(given)} together" if given else ""


def _need(need: dict[str, Any]) -> str:
    how = " (shared)" if need["shared"] else f" x{need['count']}" if need["count"] > 1 else ""
    return f"{need['name']}{how}"


def service_lines(project: Project, categories: Iterable[str]) -> list[str]:
    """A line for each service that is started when these categories run, in the order of starting: its ports, how it is
    known to be ready, and who needs it. Looks at what is up already, and starts nothing."""
    needed: dict[str, list[str]] = {}
    for category in categories:
        for service in required_services(project.configuration, category):
            needed.setdefault(service["name"], []).append(category)
    rows = []
    for one in in_start_order(project.configuration, needed):
        users = ", ".join(needed[one["name"]])
        rows.append(
            (f"  {one['name']}", _ports(one), _readiness(one, project.root), _who(project, one), f"for {users}")
        )
    return ["services", *aligned(rows), ""] if rows else []


def _ports(service: dict[str, Any]) -> str:
    declared = {"": service["port"], **service["ports"]}
    return ", ".join(f"{name or 'port'} {port or '(a free one)'}" for name, port in declared.items())


def _readiness(service: dict[str, Any], root: str) -> str:
    ready = service["readiness"]

    def fill(text: str) -> str:
        # What only a run decides stays as it is written.
        known = {"port": service["port"], "host": "127.0.0.1", "root": root, "name": service["name"]}
        return filled(text, lambda name: str(known.get(name) or f"{{{name}}}"))

    how = {
        "tcp": "its port takes connections", "http": f"{fill(ready['url'])} answers with 2xx",
        "log": f"a line of its log matches {ready['line']!r}", "command": f"`{fill(ready['command'])}` ends with 0",
    }[ready["kind"]]  # fmt: skip
    return f"ready when {how}, within {number(service['start_timeout_seconds'])} s"


def _who(project: Project, service: dict[str, Any]) -> str:
    from lamina.services import lasting

    kept = lasting.read(Path(project.cache_dir), service["name"])
    if kept is not None and lasting.is_up(kept) and kept.state == project.snapshot.service_state(service):
        return f"up already (pid {kept.pid})"
    return "taken if it is up already, else started" if service["reuse"] else "started"

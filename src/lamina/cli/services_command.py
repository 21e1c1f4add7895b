"""`doit services`: the declared services, started to stay (`up`), ended (`down`), or shown (`status`)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from doit.cmd_base import Command

from lamina.cli.explained import Explained
from lamina.cli.project import Project, open_project
from lamina.cli.table import aligned
from lamina.cli.variables import given, request_of
from lamina.errors import UsageError
from lamina.layers.services import in_start_order
from lamina.layers.spelling import did_you_mean, listed

if TYPE_CHECKING:
    from lamina.services.lasting import Lasting

__all__ = ["Services"]

_ACTIONS = ("status", "up", "down")


class Services(Explained, Command):  # type: ignore[misc]
    """Needs no dodo.py and runs no tests."""

    name = "services"
    doc_purpose = "start services to stay up between runs, end them, or show them"
    doc_usage = "[up|down|status] [SERVICE...] [env=NAME] [layer_config=FILE]"

    def __init__(self, task_loader: Any = None, cmds: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)

    def execute(self, opt_values: Any, pos_args: list[str]) -> int:
        """Exit status 0; 1 when a service could not be started; 3 for wrong usage or configuration."""
        root = os.getcwd()
        try:
            project = open_project(root, request_of(root, given()))
            action, names = _asked(project, pos_args)
        except UsageError as error:
            print(error, file=sys.stderr)
            return 3
        declared = in_start_order(project.configuration, names)
        if not declared:
            print("no services are declared (section services of layers/test_layers.yaml)")
            return 0
        if action == "up":
            return _up(project, declared)
        if action == "down":
            # Not those that the named ones depend on; what depends on others first.
            return _down(project, [one["name"] for one in reversed(declared) if one["name"] in names])
        return _status(project, [one for one in declared if one["name"] in names])


def _asked(project: Project, words: list[str]) -> tuple[str, list[str]]:
    """The action and the names of the services that it is for; raises UsageError."""
    action = words[0] if words else "status"
    if action not in _ACTIONS:
        raise UsageError(
            f"services: there is no {action!r}{did_you_mean(action, _ACTIONS)}; allowed: {', '.join(_ACTIONS)}"
        )
    known = [service["name"] for service in project.configuration["services"]]
    for name in words[1:]:
        if name not in known:
            raise UsageError(f"there is no service {name!r}{did_you_mean(name, known)}; declared: {listed(known)}")
    return action, words[1:] or known


def _up(project: Project, declared: list[dict[str, Any]]) -> int:
    from lamina.services.down import ServiceDownError
    from lamina.services.starting_up import start_to_stay

    places: dict[str, Any] = {}
    for plain in declared:
        name = plain["name"]
        try:
            kept, is_new = start_to_stay(
                project.root, Path(project.cache_dir), plain, places, project.snapshot.service_state(plain)
            )
        except ServiceDownError as error:
            print(f"{name}: {error.reason}", file=sys.stderr)
            if error.log:
                print(f"the end of its log:\n{error.log}", file=sys.stderr)
            return 1
        places[name] = kept.place
        print(f"{name}: {'ready' if is_new else 'is up already,'} on {_ports(kept)} (pid {kept.pid})")
    return 0


def _down(project: Project, names: list[str]) -> int:
    from lamina.services import lasting

    cache_dir = Path(project.cache_dir)
    for name in names:
        kept = lasting.read(cache_dir, name)
        if kept is None:
            print(f"{name}: is not up")
        else:
            was_up = lasting.is_up(kept)
            lasting.end(cache_dir, kept)
            print(f"{name}: stopped" if was_up else f"{name}: had ended by itself")
    return 0


def _status(project: Project, declared: list[dict[str, Any]]) -> int:
    from lamina.services import lasting

    rows = []
    for plain in declared:
        kept = lasting.read(Path(project.cache_dir), plain["name"])
        if kept is None:
            rows.append((plain["name"], "down", "", "", "", ""))
        elif not lasting.is_up(kept):
            rows.append((plain["name"], "died", f"pid {kept.pid}", _ports(kept), f"started {kept.since}", ""))
        else:
            is_same = kept.state == project.snapshot.service_state(plain)
            note = "" if is_same else "from another declaration: `services down` ends it"
            rows.append((plain["name"], "up", f"pid {kept.pid}", _ports(kept), f"since {kept.since}", note))
    print("\n".join(aligned(rows)))
    return 0


def _ports(kept: Lasting) -> str:
    further = "".join(f", {name} {number}" for name, number in kept.place.ports.items() if name)
    return f"127.0.0.1:{kept.place.ports['']}{further}"

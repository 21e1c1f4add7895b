"""All services of a run: given to the categories that need them, ended with it."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from lamina.layers.model import Service
from lamina.layers.services import handed_out, in_start_order, required_services
from lamina.records import ServiceRecord
from lamina.services.down import Death, ServiceDownError
from lamina.services.instructions import Place, variables_for
from lamina.services.supply import RunFacts, Supply

__all__ = ["RunServices"]

# So many runs' logs of services that failed are kept.
_KEPT_LOGS = 5


class RunServices:
    """`state_of` gives the state of a service's declaration, `say` shows a line to the user."""

    def __init__(
        self, root: str, cache_dir: str, configuration: dict[str, Any], run_id: str,
        state_of: Callable[[dict[str, Any]], str], say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._configuration = configuration
        self._root = root
        self._logs = Path(cache_dir) / "services" / run_id
        self._is_interrupted = False
        facts = RunFacts(root, Path(cache_dir), run_id, say, lambda: not self._is_interrupted, self._died)
        self._supplies: dict[str, Supply] = {}
        for plain in configuration["services"]:
            service = msgspec.convert(plain, Service)
            self._supplies[service.name] = Supply(service, state_of(plain), facts)
        self._users: dict[str, Callable[[Death], None]] = {}
        self._told: set[str] = set()
        self._lock = threading.Lock()

    def need(self, category: str, on_death: Callable[[Death], None]) -> dict[str, str]:
        """Starts what the category needs and is not up yet, and gives the environment variables for its tests; raises
        ServiceDownError. From then until `leave`, `on_death` hears when one of its services dies."""
        needed = [service["name"] for service in required_services(self._configuration, category)]
        if not needed:
            return {}
        places: dict[str, Place] = {}
        variables: dict[str, str] = {}
        try:
            for name in needed:
                supply = self._supplies[name]
                places[name] = supply.get(places)
                variables.update(variables_for(supply.service, places[name], places, self._root))
        except ServiceDownError as error:
            # Its log is told once, and not for each category of its layers.
            log = "" if error.log in self._told else error.log
            self._told.add(error.log)
            raise ServiceDownError(error.reason, log) from None
        with self._lock:
            self._users[category] = on_death
        for name in needed:
            death = self._supplies[name].death
            if death is not None:
                on_death(_said(name, death))
        return variables

    def handed_out(self, category: str) -> dict[str, str]:
        """The variable that names what the category's tests are handed."""
        return handed_out(self._configuration, category)

    def leave(self, category: str) -> None:
        """The category is through."""
        with self._lock:
            self._users.pop(category, None)

    def _died(self, name: str, death: Death) -> None:
        """Called from the thread that noticed it."""
        if self._is_interrupted:
            return
        self._supplies[name].fail(death)
        for other in self._supplies:
            if other != name and any(one["name"] == name for one in in_start_order(self._configuration, [other])):
                self._supplies[other].fail(Death(f"{name}, which it depends on, {death.reason}", death.at))
        with self._lock:
            users = list(self._users.items())
        for category, on_death in users:
            if any(one["name"] == name for one in required_services(self._configuration, category)):
                on_death(_said(name, death))

    def interrupt(self) -> None:
        """Nothing is started any more. Safe in a signal handler."""
        self._is_interrupted = True

    def kill_now(self) -> None:
        """Ends all of them at once."""
        self._is_interrupted = True
        for supply in self._supplies.values():
            supply.kill_now()

    def close(self) -> None:
        """Ends what was started for this run, those that others depend on last."""
        hurry = self._is_interrupted
        self._is_interrupted = True
        order = [one["name"] for one in in_start_order(self._configuration, self._supplies)]
        for name in reversed(order):
            self._supplies[name].stop(hurry)
        if all(record.state not in ("failed", "died") for record in self.records()):
            shutil.rmtree(self._logs, ignore_errors=True)
        _forget_old(self._logs.parent)

    def records(self) -> list[ServiceRecord]:
        """What became of each service that was needed."""
        return [supply.record for supply in self._supplies.values() if supply.record.state != "not needed"]


def _said(name: str, death: Death) -> Death:
    return Death(f"service {name} {death.reason} in the middle", death.at)


def _forget_old(folder: Path) -> None:
    # Names of runs begin with their time.
    runs = sorted(path for path in folder.glob("*-*") if path.is_dir()) if folder.is_dir() else []
    for path in runs[:-_KEPT_LOGS]:
        shutil.rmtree(path, ignore_errors=True)

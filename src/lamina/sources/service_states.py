"""What of a service the tests that need it can see: its declaration, and the files that it is made from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lamina.layers.services import required_services
from lamina.sources.patterns import Patterns

__all__ = ["state_of_service", "states_of_services"]

# What a declaration says about starting and stopping, and not about what tests meet.
_WITHOUT_EFFECT = frozenset(
    {
        "description", "readiness", "start_timeout_seconds", "stop_signal", "stop_grace_seconds", "inputs",
        "circuit_failures", "circuit_reset_seconds",
    }
)  # fmt: skip


def state_of_service(service: dict[str, Any], fingerprints: Mapping[str, str]) -> list[Any]:
    """The state of one service as plain data; `fingerprints` are those of the project's files, by path."""
    kept = {key: value for key, value in service.items() if key not in _WITHOUT_EFFECT}
    patterns = Patterns(service["inputs"])
    chosen = sorted(path for path in fingerprints if patterns.match(path)) if service["inputs"] else []
    return [kept, {path: fingerprints[path] for path in chosen}]


def states_of_services(configuration: dict[str, Any], category: str, fingerprints: Mapping[str, str]) -> list[Any]:
    """The states of all services that a category's tests need; empty when they need none."""
    return [state_of_service(service, fingerprints) for service in required_services(configuration, category)]

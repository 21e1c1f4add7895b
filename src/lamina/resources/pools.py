"""The objects behind pools: made where a test needs one, kept for the next test of the same process, made anew when ill.

Objects live in the process that made them (a connection or a browser can't be handed to another one). How many are in use at
one time is the arbiter's business; a process keeps what its own tests have used, until it ends. With `recycle_after_uses: 1`
an object is closed after its test, so that there never are more of them than the pool's size.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from typing import Any

from lamina.resources.arbiter import ALL
from lamina.resources.definitions import Definition

__all__ = ["Objects", "ResourceError"]


class ResourceError(Exception):
    """An object can't be had; the message says of which resource and why."""


class _Object:
    """An object with the number of tests that had it; `noted` is what its making used, for whoever traces that."""

    __slots__ = ("noted", "uses", "value")

    def __init__(self, value: Any, noted: Any) -> None:
        self.value = value
        self.uses = 0
        self.noted = noted


class Objects:
    """The objects of this process. `making` is entered while one is made, what it gives is handed to `using` for each
    test that gets the object."""

    def __init__(
        self, resources: Mapping[str, Definition],
        making: Callable[[], AbstractContextManager[Any]] = nullcontext, using: Callable[[Any], None] = lambda noted: None,
    ) -> None:  # fmt: skip
        self._resources = resources
        self._making = making
        self._using = using
        self._objects: dict[tuple[str, int], _Object] = {}
        self._handed: set[tuple[str, int]] = set()

    def makes(self, name: str) -> bool:
        """Whether the resource's objects come from a factory."""
        return bool(self._resources[name]["factory"])

    def of(self, name: str, units: list[int]) -> Any:
        """What a test gets of the resource with these units: an object for each, or the one object.

        An object is a member's value, what the factory made, or, where there is neither, the unit's number. Raises
        ResourceError.
        """
        resource = self._resources[name]
        if resource["size"] == ALL:
            raise ResourceError(f"{name} is a lock: the test holds it, and there is no object to get")
        found = [self._one(name, resource, unit, number) for number, unit in enumerate(units)]
        return found[0] if len(found) == 1 else found

    def _one(self, name: str, resource: Definition, unit: int, number: int) -> Any:
        if not resource["factory"]:
            return resource["values"][unit] if resource["values"] else unit
        factory = _function(name, "factory", resource["factory"])
        # Objects of a factory that is not told their number are alike: any will do that this process has.
        key = (name, unit if _takes_number(factory) else number)
        known = self._objects.get(key)
        if known is not None and key not in self._handed and not self._is_healthy(name, resource, known):
            self._close(key)
            known = None
        if known is None:
            known = self._objects[key] = self._make(name, resource, factory, unit)
        if key not in self._handed:
            self._handed.add(key)
            known.uses += 1
            self._using(known.noted)
        return known.value

    def _make(self, name: str, resource: Definition, factory: Callable[..., Any], unit: int) -> _Object:
        with self._making() as noted:
            try:
                made = _Object(factory(unit) if _takes_number(factory) else factory(), noted)
            except Exception as error:
                raise ResourceError(
                    f"the factory {resource['factory']} of the resource {name} raised {type(error).__name__}: {error}"
                ) from error
        if not self._is_healthy(name, resource, made):
            raise ResourceError(f"{name}: an object that {resource['factory']} has just made fails its health check")
        return made

    def _is_healthy(self, name: str, resource: Definition, known: _Object) -> bool:
        if not resource["health_check"]:
            return True
        check = _function(name, "health_check", resource["health_check"])
        try:
            return bool(check(known.value))
        except Exception:
            return False

    def test_ended(self) -> None:
        """Ends the objects that were used as often as they may be."""
        for key in self._handed:
            limit = self._resources[key[0]]["recycle_after_uses"]
            if limit and self._objects[key].uses >= limit:
                self._close(key)
        self._handed.clear()

    def close(self) -> None:
        """Ends all objects."""
        for key in list(self._objects):
            self._close(key)

    def _close(self, key: tuple[str, int]) -> None:
        value = self._objects.pop(key).value
        named = self._resources[key[0]]["close"]
        # What is ill may fail to end as well; the next one is made all the same.
        with suppress(Exception):
            if named:
                _function(key[0], "close", named)(value)
            elif callable(getattr(value, "close", None)):
                value.close()


def _function(name: str, key: str, text: str) -> Callable[..., Any]:
    module, _, path = text.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in path.split("."):
            found = getattr(found, part)
    except Exception as error:
        raise ResourceError(
            f"the {key} {text} of the resource {name} can't be imported: {type(error).__name__}: {error}"
        ) from error
    if not callable(found):
        raise ResourceError(f"the {key} {text} of the resource {name} is not a function")
    return found  # type: ignore[no-any-return]


def _takes_number(factory: Callable[..., Any]) -> bool:
    """Whether a factory asks for the number of its unit: by any parameter without a default."""
    try:
        parameters = inspect.signature(factory).parameters.values()
    except (TypeError, ValueError):
        return False
    return any(
        one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD) for one in parameters
    )

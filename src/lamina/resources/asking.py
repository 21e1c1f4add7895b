"""What a test needs, by its markers and its category: the marker's arguments read and checked, all of them added up.

@pytest.mark.resource("payment_gateway")               a lock, alone
@pytest.mark.resource("database", shared=True)         a lock, together with others who share it
@pytest.mark.resource("selenium_drivers", count=2)     two members of a pool
@pytest.mark.resource("slots", count=2)                the test weighs as much as two
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple, TypedDict

from lamina.layers.spelling import did_you_mean, listed
from lamina.resources.arbiter import ALL
from lamina.resources.definitions import GPU, Definition

__all__ = ["Asked", "Mark", "NeedEntry", "needs_of"]

# A marker's arguments by position and by name.
Mark = tuple[tuple[Any, ...], Mapping[str, Any]]


class NeedEntry(TypedDict):
    """What each test of a category needs of a resource."""

    name: str
    shared: bool
    count: int


class Asked(NamedTuple):
    """What a test needs: units by resource; what is wrong with how it asks; what the machine lacks (or empty)."""

    needs: dict[str, int]
    problems: list[str]
    lack: str


def needs_of(marks: Iterable[Mark], category: Iterable[NeedEntry], resources: Mapping[str, Definition]) -> Asked:
    """The needs of a test with these markers `resource` in a category that needs `category`.

    Of a resource that is asked for several times the largest number counts; alone counts more than shared.
    """
    asked = Asked({}, [], "")
    for need in category:
        asked = _add(asked, need["name"], need["shared"], need["count"], resources)
    for args, kwargs in marks:
        problem = _mark_problem(args, kwargs)
        if problem:
            asked.problems.append(problem)
            continue
        for name in args:
            asked = _add(asked, name, kwargs.get("shared", False), kwargs.get("count", 1), resources)
    return asked


def _mark_problem(args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> str:
    unknown = sorted(set(kwargs) - {"shared", "count"})
    if unknown:
        return f"resource() takes no {listed(unknown)}; allowed: names, shared, count"
    if not args or not all(isinstance(name, str) and name for name in args):
        return "resource() takes the names of resources, as texts"
    if not isinstance(kwargs.get("shared", False), bool):
        return f"shared is true or false, not {kwargs['shared']!r}"
    count = kwargs.get("count", 1)
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        return f"count is a whole number from 1, not {count!r}"
    return ""


def _add(asked: Asked, name: str, shared: bool, count: int, resources: Mapping[str, Definition]) -> Asked:
    if name not in resources:
        allowed = f"{listed(resources)} (the section resources of layers/test_layers.yaml)"
        problem = f"there is no resource {name!r}{did_you_mean(name, resources)}; allowed: {allowed}"
        return asked._replace(problems=[*asked.problems, problem])
    size = resources[name]["size"]
    if name == GPU and count > size and not shared:
        return asked._replace(lack=f"it needs {count} GPU{'s'[: count - 1]}, and this machine has {size or 'none'}")
    problem = _problem(name, shared, count, size)
    if problem:
        return asked._replace(problems=[*asked.problems, problem])
    return asked._replace(needs=_with(asked.needs, name, (1 if shared else ALL) if size == ALL else count))


def _problem(name: str, shared: bool, count: int, size: int) -> str:
    if size == ALL:
        return f"{name} is a lock, of which there is one; found count={count}" if count > 1 else ""
    if shared:
        return f"{name} is a pool; only locks are shared; allowed: count, 1 to {size}"
    return f"{name} has {size}, so count={count} can never be met; allowed: up to {size}" if count > size else ""


def _with(needs: dict[str, int], name: str, number: int) -> dict[str, int]:
    return {**needs, name: max(number, needs.get(name, 0))}

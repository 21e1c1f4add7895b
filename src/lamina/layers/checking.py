"""Checks that merged configuration makes sense as a whole: names, references between layers, limits, expressions.

Types and ranges of single keys were checked before. Every fault is reported, at the place of the value that is in
effect; one that the built-in defaults share is reported at the user's part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from lamina.errors import Fault
from lamina.layers.checking_services import check_services
from lamina.layers.databases import database_faults, variable_of
from lamina.layers.expressions import expression_problem, keyword_problem, pattern_problem, variable_problem
from lamina.layers.merging import place_of
from lamina.layers.names import name_problem
from lamina.layers.reading import KeyPath, Place
from lamina.layers.resource_checking import check_resources
from lamina.layers.shape import WRONG
from lamina.layers.spelling import did_you_mean, listed
from lamina.machine import memory_total

__all__ = ["BUILT_IN", "Check", "check_sense", "machine_memory_mb", "without_disabled"]

# How the built-in defaults are called where a file's name is shown.
BUILT_IN = "lamina's defaults.yaml"


def machine_memory_mb() -> int:
    """The machine's memory in MB, or what its control group leaves of it."""
    return memory_total() // 1_000_000


def without_disabled(data: dict[str, Any]) -> dict[str, Any]:
    """The data without layers and categories that say `enabled: false`. A layer that waits for a disabled one waits for
    what that one waited for, so that switching off the middle of three keeps the order of the other two."""
    layers = data.get("layers", {})

    def on(keys: dict[str, Any]) -> bool:
        return bool(keys.get("enabled", True))

    def waits_for(names: list[str], passed: tuple[str, ...]) -> Iterator[str]:
        for name in names:
            if name in passed or name is WRONG or name not in layers or on(layers[name]):
                yield name
            else:
                yield from waits_for(layers[name].get("depends_on", []), (*passed, name))

    kept = {}
    for name, layer in layers.items():
        if on(layer):
            categories = {key: category for key, category in layer.get("categories", {}).items() if on(category)}
            waited = list(dict.fromkeys(waits_for(layer.get("depends_on", []), ())))
            kept[name] = {**layer, "categories": categories, "depends_on": waited}
    return {**data, "layers": kept}


class Check(NamedTuple):
    """Merged data under check: where each value was written, and the faults found so far."""

    data: dict[str, Any]
    places: dict[KeyPath, Place]
    faults: list[Fault]

    def report(self, problem: str, path: KeyPath, *others: KeyPath, found: object = "", allowed: str = "") -> None:
        """A fault at the first of the paths that the user wrote, or at the first at all."""
        candidates = [place_of(self.places, one) for one in (path, *others)]
        place = next((one for one in candidates if one.file != BUILT_IN), candidates[0])
        fault = Fault(problem, file=place.file, line=place.line, key=place.key, found=str(found), allowed=allowed)
        self.faults.append(fault)


def check_sense(data: dict[str, Any], places: dict[KeyPath, Place], memory_mb: int) -> list[Fault]:
    """Every fault in merged data without its disabled parts; `memory_mb` is the machine's."""
    check = Check(data, places, [])
    for layer, keys in data["layers"].items():
        path: KeyPath = ("layers", layer)
        _check_name(check, layer, path)
        _check_references(check, layer, keys, path)
        _check_limits(check, keys, path, memory_mb)
        for category, values in keys["categories"].items():
            _check_category(check, category, values, (*path, "categories", category), memory_mb)
    check_resources(check.data, check.report)
    _check_duplicates(check)
    if not _check_cycles(check):
        _check_order(check)
    _check_databases(check)
    check_services(check)
    _check_settings(check, memory_mb)
    return check.faults


def _check_name(check: Check, name: str, path: KeyPath) -> None:
    problem = name_problem(name)
    if problem:
        check.report(problem[0], path, found=name, allowed=problem[1])


def _check_references(check: Check, layer: str, keys: dict[str, Any], path: KeyPath) -> None:
    layers = check.data["layers"]
    for other in keys["depends_on"]:
        if other is not WRONG and other not in layers:
            others = [name for name in layers if name != layer]
            where = _item(check, (*path, "depends_on"), keys["depends_on"], other)
            check.report(
                f"there is no layer of this name{did_you_mean(other, others)}",
                where,
                found=other,
                allowed=listed(others),
            )
    _check_services_of(check, keys, path)


def _check_services_of(check: Check, keys: dict[str, Any], path: KeyPath) -> None:
    services = check.data.get("services", {})
    for service in keys.get("required_services", []):
        if service is not WRONG and service not in services:
            where = _item(check, (*path, "required_services"), keys["required_services"], service)
            problem = f"there is no service of this name{did_you_mean(service, services)}"
            check.report(problem, where, found=service, allowed=listed(services) + " (the section services)")


def _check_order(check: Check) -> None:
    """A layer's place among the others is not before one that it depends on; layers in a ring have no right order."""
    layers = check.data["layers"]
    for layer, keys in layers.items():
        order = keys.get("execution_order", 0)
        for other in keys["depends_on"]:
            later = layers.get(other, {}).get("execution_order", 0) if other is not WRONG else 0
            if order and later > order:
                check.report(
                    f"puts {layer} before {other}, which it depends on (execution_order {later})",
                    ("layers", layer, "execution_order"),
                    ("layers", other, "execution_order"),
                    ("layers", layer, "depends_on"),
                    found=order,
                    allowed=f"from {later}",
                )


def _item(check: Check, path: KeyPath, items: list[Any], item: str) -> KeyPath:
    """The path of a list item; the list's own when its items were changed since they were written."""
    here = (*path, items.index(item))
    return here if here in check.places else path


def _check_category(check: Check, name: str, keys: dict[str, Any], path: KeyPath, memory_mb: int) -> None:
    _check_name(check, name, path)
    if name in check.data["layers"]:
        check.report(
            "is the name of a category and of a layer", path, ("layers", name), found=name, allowed="a name for each"
        )
    _check_limits(check, keys, path, memory_mb)
    limit = keys.get("timeout_seconds", 300.0)
    for key in ("test_timeout_seconds", "target_duration_seconds"):
        value = keys.get(key)
        if value is not None and value > limit:
            problem = f"is more than the category's timeout_seconds ({limit:g}), so it can never be met"
            check.report(problem, (*path, key), found=f"{value:g}", allowed=f"up to {limit:g}")
    _check_services_of(check, keys, path)
    _check_filters(check, keys.get("filters", {}), (*path, "filters"))
    _check_items(check, keys, path, ("inputs",), pattern_problem)
    for variable, text in keys.get("environment", {}).items():
        wrong = variable_problem(variable, text)
        if wrong:
            check.report(wrong[0], (*path, "environment", variable), found=f'"{variable}"', allowed=wrong[1])


def _check_filters(check: Check, filters: dict[str, Any], path: KeyPath) -> None:
    _check_items(check, filters, path, ("markers",), expression_problem)
    _check_items(check, filters, path, ("keywords",), keyword_problem)
    _check_items(check, filters, path, ("include_patterns", "exclude_patterns"), pattern_problem)
    if filters.get("rest") and (filters.get("markers") or filters.get("keywords")):
        problem = "takes every test that is left, which markers and keywords contradict"
        check.report(problem, (*path, "rest"), found="true", allowed="either rest, or markers and keywords")


_Problem = Callable[[str], tuple[str, str] | None]


def _check_items(
    check: Check, keys: dict[str, Any], path: KeyPath, lists: tuple[str, ...], problem_of: _Problem
) -> None:
    for key in lists:
        for index, text in enumerate(keys.get(key, [])):
            problem = None if text is WRONG else problem_of(text)
            if problem:
                check.report(problem[0], (*path, key, index), found=f'"{text}"', allowed=problem[1])


def _check_limits(check: Check, keys: dict[str, Any], path: KeyPath, memory_mb: int) -> None:
    limit = (keys.get("resource_limits") or {}).get("memory_mb")
    if limit is not None and limit > memory_mb:
        problem = "is more than the machine's memory, so it can never be met"
        check.report(problem, (*path, "resource_limits", "memory_mb"), found=limit, allowed=f"up to {memory_mb}")


def _check_duplicates(check: Check) -> None:
    holder: dict[str, str] = {}
    for layer, keys in check.data["layers"].items():
        for name in keys["categories"]:
            if name not in holder:
                holder[name] = layer
                continue
            here, there = (("layers", one, "categories", name) for one in (layer, holder[name]))
            first = place_of(check.places, there)
            check.report(
                f"is in the layers {holder[name]} ({first.file}:{first.line}) and {layer}",
                here,
                there,
                found=name,
                allowed="each category in one layer; `enabled: false` takes it out of the other",
            )


def _check_cycles(check: Check) -> bool:
    """Report each ring of layers once, with its path; whether there was any."""
    before = len(check.faults)
    layers, done = check.data["layers"], set[str]()

    def visit(layer: str, above: list[str]) -> None:
        if layer in above:
            ring = above[above.index(layer) :]
            # All of them, so that the fault stands at a line that the user can change.
            paths: list[KeyPath] = [("layers", one, "depends_on") for one in ring]
            way = " -> ".join([*ring, layer])
            check.report(
                "layers wait for each other in a ring", *paths, found=way, allowed="an order without a way back"
            )
            return
        if layer in done:
            return
        for other in layers[layer]["depends_on"]:
            if other is not WRONG and other in layers:
                visit(other, [*above, layer])
        done.add(layer)

    for layer in layers:
        visit(layer, [])
    return len(check.faults) > before


def _check_databases(check: Check) -> None:
    holder: dict[str, str] = {}
    for name, keys in check.data.get("databases", {}).items():
        for path, problem, found, allowed in database_faults(name, keys):
            check.report(problem, ("databases", name, *path), found=found, allowed=allowed)
        variable = variable_of(name, keys.get("variable", ""))
        if holder.setdefault(variable, name) != name:
            problem = f"would hold the URLs of {holder[variable]} and of {name}"
            path = ("databases", name, "variable")
            check.report(problem, path, found=variable, allowed="a variable for each database")


def _check_settings(check: Check, memory_mb: int) -> None:
    worker = check.data.get("settings", {}).get("memory_per_worker_mb")
    if worker is not None and worker > memory_mb:
        problem = "is more than the machine's memory, so it can never be met"
        check.report(problem, ("settings", "memory_per_worker_mb"), found=worker, allowed=f"up to {memory_mb}")

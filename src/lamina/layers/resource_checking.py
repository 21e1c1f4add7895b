"""Checks that resources make sense, and that what categories need of them can be had at all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Protocol

from lamina.layers.names import NAME_RULE, is_safe_name
from lamina.layers.reading import KeyPath
from lamina.layers.shape import WRONG
from lamina.layers.spelling import did_you_mean, listed

__all__ = ["BUILT_IN_RESOURCES", "check_resources"]

# There without being declared: the machine's GPUs.
BUILT_IN_RESOURCES = ("gpu",)
_FUNCTION = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")


class _Report(Protocol):
    def __call__(
        self, problem: str, path: KeyPath, *others: KeyPath, found: object = "", allowed: str = ""
    ) -> None: ...


def check_resources(data: dict[str, Any], report: _Report) -> None:
    """Reports every fault of the section `resources` and of the categories' needs in merged data."""
    resources = data.get("resources", {})
    for name, keys in resources.items():
        _check_resource(name, keys, ("resources", name), report)
    for path, need in _needs(data):
        _check_need(need if isinstance(need, dict) else {"name": need}, resources, path, report)


def _needs(data: dict[str, Any]) -> Iterator[tuple[KeyPath, Any]]:
    for layer, keys in data["layers"].items():
        for category, values in keys["categories"].items():
            for index, need in enumerate(values.get("resources", [])):
                if need is not WRONG:
                    yield ("layers", layer, "categories", category, "resources", index), need


def _check_resource(name: str, keys: dict[str, Any], path: KeyPath, report: _Report) -> None:
    if not is_safe_name(name):
        report("is not a usable name", path, found=name, allowed=NAME_RULE)
    values, size = [value for value in keys.get("values", []) if value is not WRONG], keys.get("size")
    if values and size is not None and size != len(values):
        report("is not the number of its values", (*path, "size"), found=size, allowed=f"{len(values)}, or no size")
    if len(set(values)) < len(values):
        report("names a member twice", (*path, "values"), found=listed(values), allowed="each once")
    if values and keys.get("factory"):
        report("makes objects of a pool that has values", (*path, "factory"), allowed="either values, or a factory")
    for key in ("health_check", "close", "recycle_after_uses"):
        if keys.get(key) and not keys.get("factory"):
            report("is of no use without a factory", (*path, key), found=keys[key], allowed="a factory beside it")
    for key in ("factory", "health_check", "close"):
        text = keys.get(key, "")
        if text and not _FUNCTION.fullmatch(text):
            report("is not the name of a function", (*path, key), found=f'"{text}"', allowed="package.module:function")
    if keys.get("variable") and not re.fullmatch(r"[A-Za-z_]\w*", keys["variable"]):
        report(
            "is not the name of a variable", (*path, "variable"), found=keys["variable"], allowed="letters, digits, _"
        )


def _check_need(need: dict[str, Any], resources: dict[str, Any], path: KeyPath, report: _Report) -> None:
    name, count = need["name"], need.get("count", 1)
    if name in BUILT_IN_RESOURCES and name not in resources:
        if need.get("shared"):
            report("can't be shared; it is counted", path, found=name, allowed="count")
        return
    if name not in resources:
        known = [*resources, *BUILT_IN_RESOURCES]
        problem = f"there is no resource of this name{did_you_mean(name, known)}"
        report(problem, path, found=name, allowed=f"{listed(known)} (the section resources)")
        return
    keys = resources[name]
    size = keys.get("size") or len(keys.get("values", [])) or (1 if keys.get("factory") else 0)
    if not size and count > 1:
        report(f"{name} is a lock, of which there is one", path, found=f"count: {count}", allowed="shared, or no count")
    elif size and need.get("shared"):
        report(f"{name} is a pool; only locks are shared", path, found="shared: true", allowed=f"count, 1 to {size}")
    elif size and count > size:
        report(f"{name} has {size}, so this can never be met", path, found=f"count: {count}", allowed=f"up to {size}")

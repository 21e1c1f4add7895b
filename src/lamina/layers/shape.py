"""Holds plain data against a msgspec type and reports everything that does not fit, not just the first thing.

msgspec's own conversion stops at the first fault and knows no lines; this walk uses msgspec's description of the same
types, so keys, types and ranges are still said once, in the model. It returns the data without what was wrong, so that
later checks can go on and find more.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from msgspec import inspect

from lamina.layers.reading import KeyPath
from lamina.layers.spelling import did_you_mean, listed

__all__ = ["WRONG", "Report", "check", "describe_kind", "describe_value", "plain_type"]

# What `check` returns in place of a value that does not fit.
WRONG: Any = object()

# Called with the path and the parts of the message: problem, found, allowed.
Report = Callable[[KeyPath, str, str, str], None]

# Names that test runners of this kind use elsewhere, and what is meant here.
_ELSEWHERE = {
    "background_execution": "write execution_mode: background",
    "skip_performance_tests": "write category_overrides: {performance: {enabled: false}}",
    "timeout": "write timeout_seconds",
    "max_workers": "write it under settings, or max_parallel_instances in a category",
    "paths": "write filters: {include_patterns: [...]}",
    "patterns": "write filters: {include_patterns: [...]}",
    "target_duration": "write target_duration_seconds",
    "dependencies": "write depends_on",
}
_ELSEWHERE_IN = {
    ("Layer", "max_parallel_instances"): "write resource_limits: {instances: ...}, or it in a category",
    (
        "LayerOverride",
        "max_parallel_instances",
    ): "write resource_limits: {instances: ...}, or it under category_overrides",
    ("LayerOverride", "categories"): "write category_overrides: {NAME: ...} beside layer_overrides",
    ("Category", "max_duration_minutes"): "that is a layer's; write timeout_seconds",
    ("Category", "depends_on"): "that is a layer's: layers wait for layers",
}


class _Walk(NamedTuple):
    report: Report

    def value(self, kind: Any, data: Any, path: KeyPath) -> Any:
        kind = plain_type(kind)
        if isinstance(kind, inspect.UnionType):
            return self._union(kind, data, path)
        if isinstance(kind, inspect.StructType):
            return self._struct(kind, data, path)
        if isinstance(kind, inspect.DictType):
            return self._dict(kind, data, path)
        if isinstance(kind, inspect.VarTupleType | inspect.ListType):
            return self._list(kind, data, path)
        problem = _scalar_problem(kind, data)
        if problem:
            return self._wrong(path, problem, kind, data)
        return data

    def _wrong(self, path: KeyPath, problem: str, kind: Any, data: Any) -> Any:
        self.report(path, problem, describe_value(data), describe_kind(kind))
        return WRONG

    def _union(self, kind: inspect.UnionType, data: Any, path: KeyPath) -> Any:
        """The model's unions are "this or null", and "in short or as a mapping"."""
        others = _alternatives(kind)
        if data is None and len(others) < len(kind.types):
            return None
        struct = next((one for one in others if isinstance(one, inspect.StructType)), None)
        if struct is not None and (len(others) == 1 or isinstance(data, dict)):
            return self.value(struct, data, path)
        problem = _scalar_problem(next(one for one in others if one is not struct), data)
        return self._wrong(path, problem, kind, data) if problem else data

    def _struct(self, kind: inspect.StructType, data: Any, path: KeyPath) -> Any:
        if not isinstance(data, dict):
            return self._wrong(path, "has the wrong type", kind, data)
        fields = {field.encode_name: field for field in kind.fields}
        result = {}
        for key, item in data.items():
            if key in fields and item is None and _takes_nothing(fields[key].type):
                continue
            if key in fields:
                checked = self.value(fields[key].type, item, (*path, key))
                if checked is not WRONG:
                    result[key] = checked
            elif path or not key.startswith("x-"):
                self._unknown(kind, key, fields, path)
        missing = [name for name, field in fields.items() if field.required and name not in data]
        for name in missing:
            self.report(path, f"lacks the key {name}", "", describe_kind(plain_type(fields[name].type)))
        return WRONG if any(field.required and name not in result for name, field in fields.items()) else result

    def _unknown(self, kind: inspect.StructType, key: str, fields: dict[str, Any], path: KeyPath) -> None:
        hint = _ELSEWHERE_IN.get((kind.cls.__name__, key)) or (_ELSEWHERE.get(key) if key not in fields else None)
        meant = f": {hint}" if hint else did_you_mean(key, fields)
        self.report((*path, key), f"is not a key here{meant}", key, listed(fields))

    def _dict(self, kind: inspect.DictType, data: Any, path: KeyPath) -> Any:
        if not isinstance(data, dict):
            return self._wrong(path, "has the wrong type", kind, data)
        checked = {
            key: self.value(kind.value_type, {} if _empty_struct(kind, item) else item, (*path, key))
            for key, item in data.items()
        }
        return {key: item for key, item in checked.items() if item is not WRONG}

    def _list(self, kind: Any, data: Any, path: KeyPath) -> Any:
        if not isinstance(data, list):
            return self._wrong(path, "has the wrong type", kind, data)
        checked = [self.value(kind.item_type, item, (*path, index)) for index, item in enumerate(data)]
        # Kept in place, so that the others' positions still lead to their lines.
        return checked


def check(kind: type, data: Any, report: Report, path: KeyPath = ()) -> Any:
    """Hold `data` against a type; every misfit goes to `report`.

    Returns the data without the misfits: wrong keys are left out, wrong list items are `WRONG`, and so is the whole
    when nothing of it can be used.
    """
    return _Walk(report).value(inspect.type_info(kind), data, path)


def plain_type(kind: Any) -> Any:
    """A type description without its annotations, and without "not given" among its alternatives."""
    while isinstance(kind, inspect.Metadata):
        kind = kind.type
    return kind


def _alternatives(kind: inspect.UnionType) -> list[Any]:
    """A union's types but for null."""
    return [plain_type(one) for one in kind.types if not isinstance(one, inspect.NoneType)]


def _takes_nothing(kind: Any) -> bool:
    """Whether `key:` with nothing behind it counts as not given: sections and lists emptied by comments."""
    return isinstance(plain_type(kind), inspect.StructType | inspect.DictType | inspect.VarTupleType | inspect.ListType)


def _empty_struct(kind: inspect.DictType, item: Any) -> bool:
    """`unit:` with nothing behind it is an entry with nothing to say, not a mistake."""
    value = plain_type(kind.value_type)
    structs = _alternatives(value) if isinstance(value, inspect.UnionType) else [value]
    return item is None and any(isinstance(one, inspect.StructType) for one in structs)


def _scalar_problem(kind: Any, data: Any) -> str:
    """What is wrong with a value that is not a collection; empty when it fits."""
    if isinstance(kind, inspect.LiteralType):
        # The model's alternatives are all texts.
        if data in map(str, kind.values):
            return ""
        meant = did_you_mean(data, map(str, kind.values)) if isinstance(data, str) else ""
        return f"is not one of the allowed values{meant}"
    if isinstance(kind, inspect.BoolType):
        return "" if isinstance(data, bool) else "has the wrong type"
    if isinstance(kind, inspect.StrType):
        if not isinstance(data, str):
            return "has the wrong type"
        return "is empty" if len(data.strip()) < (kind.min_length or 0) else ""
    numeric = int | float if isinstance(kind, inspect.FloatType) else int
    if not isinstance(data, numeric) or isinstance(data, bool):
        return "has the wrong type"
    return "" if _in_range(kind, data) else "is out of range"


def _in_range(kind: Any, data: float) -> bool:
    return math.isfinite(data) and not (
        (kind.gt is not None and data <= kind.gt)
        or (kind.ge is not None and data < kind.ge)
        or (kind.le is not None and data > kind.le)
    )


def describe_value(data: Any) -> str:
    """A value as the user wrote it, with its kind where the two can be confused."""
    if data is None:
        return "nothing"
    if isinstance(data, bool):
        return str(data).lower()
    if isinstance(data, int | float):
        return str(data)
    if isinstance(data, dict):
        return "a mapping"
    if isinstance(data, list):
        return "a list"
    if isinstance(data, str):
        return f'the text "{data if len(data) <= 60 else data[:57] + "..."}"'
    return f"{data} (a {type(data).__name__})"


def describe_kind(kind: Any) -> str:
    """What a type allows, in words."""
    if isinstance(kind, inspect.UnionType):
        others = _alternatives(kind)
        null = ", or null" if len(others) < len(kind.types) else ""
        return ", or ".join(describe_kind(one) for one in others) + null
    if isinstance(kind, inspect.LiteralType):
        return listed(str(value) for value in kind.values)
    if isinstance(kind, inspect.StructType):
        return f"a mapping with the keys {listed(field.encode_name for field in kind.fields)}"
    if isinstance(kind, inspect.DictType):
        return "a mapping"
    if isinstance(kind, inspect.VarTupleType | inspect.ListType):
        return f"a list: [{describe_kind(plain_type(kind.item_type))}, ...]"
    if isinstance(kind, inspect.BoolType):
        return "true, false"
    if isinstance(kind, inspect.StrType):
        return "text (numbers and true/false in quotes)" if not kind.min_length else "text that is not empty"
    return _describe_number(kind)


def _describe_number(kind: Any) -> str:
    word = "a whole number" if isinstance(kind, inspect.IntType) else "a number"
    ends = []
    if kind.gt is not None:
        ends.append(f"above {kind.gt}")
    if kind.ge is not None:
        ends.append(f"from {kind.ge}")
    if kind.le is not None:
        ends.append(f"up to {kind.le:g}" if kind.le < 1e6 else f"up to {kind.le}")
    return " ".join([word, *ends])

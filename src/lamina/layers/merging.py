"""Lays one source of configuration over another, remembering for every value where it was written.

Files say layers and categories in slightly different ways; here they all become one form, in which categories are keyed
by name, so that merging is merging of mappings. Knows nothing of whether the values make sense together.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from lamina.errors import Fault
from lamina.layers.reading import Document, KeyPath, Place
from lamina.layers.shape import WRONG, check
from lamina.layers.spelling import did_you_mean, listed
from lamina.layers.written import EnvironmentFile, LayersFile

__all__ = ["Part", "find_category", "from_environment_file", "from_layers_file", "merge", "place_of"]

# Half of an old `filters` under half of a new one takes tests that nobody meant; how a category finds its tests is one
# statement.
_REPLACED_WHOLE = frozenset({"filters"})


class Part(NamedTuple):
    """Configuration from one source, or merged from several.

    `data` is `{"layers": {NAME: {..., "categories": {NAME: {...}}}}, "services": {NAME: {...}},
    "resources": {NAME: {...}}, "settings": {...}}`;
    `places` says where each value of it was written, by its path; `faults` is what was wrong with the source.
    """

    data: dict[str, Any]
    places: dict[KeyPath, Place]
    faults: list[Fault]


def from_layers_file(document: Document) -> Part:
    """A layers file in the common form."""
    part, data = _checked(document, LayersFile)
    names: dict[KeyPath, str] = {}
    for name, layer in data.get("layers", {}).items():
        kept = {key: value for key, value in layer.items() if key != "categories"}
        part.data.setdefault("layers", {})[name] = kept
        if "categories" in layer:
            by_name = _by_name(part, document, ("layers", name, "categories"), layer["categories"])
            kept["categories"] = {category: layer["categories"][index] for category, index in by_name.items()}
            names.update({("layers", name, "categories", index): category for category, index in by_name.items()})

    def common(path: KeyPath) -> KeyPath | None:
        if path[0] != "layers" or path[2:3] != ("categories",) or len(path) == 3:
            return path
        return (*path[:3], names[path[:4]], *path[4:]) if path[:4] in names else None

    return _with_places(part, document, common)


def from_environment_file(document: Document, below: Part) -> Part:
    """An environment file in the common form; `below` is what it lies over, whose layers and categories it may name."""
    part, data = _checked(document, EnvironmentFile)
    layers = below.data.get("layers", {})
    every_category = [category for layer in layers.values() for category in layer.get("categories", {})]
    holders: dict[str | int, str] = {}
    changed = part.data.setdefault("layers", {})
    for name, keys in data.get("layer_overrides", {}).items():
        if name in layers:
            changed[name] = dict(keys)
        else:
            _unknown(part, document, ("layer_overrides", name), "layer", layers)
    for name, keys in data.get("category_overrides", {}).items():
        layer = find_category(below.data, name)
        if layer is None:
            _unknown(part, document, ("category_overrides", name), "category", every_category)
        else:
            holders[name] = layer
            changed.setdefault(layer, {}).setdefault("categories", {})[name] = {**keys, "name": name}

    def common(path: KeyPath) -> KeyPath | None:
        if path[0] == "layer_overrides":
            return ("layers", *path[1:])
        if path[0] == "category_overrides":
            return (
                ("layers", holders[path[1]], "categories", *path[1:]) if len(path) > 1 and path[1] in holders else None
            )
        return path

    return _with_places(part, document, common)


def find_category(data: dict[str, Any], name: str) -> str | None:
    """The layer that a category is in, among merged data; an enabled one before a disabled one."""
    holders = [layer for layer, keys in data.get("layers", {}).items() if name in keys.get("categories", {})]
    enabled = [layer for layer in holders if data["layers"][layer]["categories"][name].get("enabled", True)]
    return next(iter(enabled or holders), None)


def merge(below: Part, above: Part) -> Part:
    """What `above` says, and what `below` says where `above` says nothing."""
    places = dict(below.places)
    data = _merged(below.data, above.data, (), places)
    places.update(above.places)
    return Part(data, places, below.faults + above.faults)


def place_of(places: dict[KeyPath, Place], path: KeyPath) -> Place:
    """Where a value was written, or the nearest thing that it stands in."""
    while path and path not in places:
        path = path[:-1]
    return places.get(path, Place("", 0, ""))


def _merged(
    below: dict[str, Any], above: dict[str, Any], path: KeyPath, places: dict[KeyPath, Place]
) -> dict[str, Any]:
    result = dict(below)
    for key, value in above.items():
        here = (*path, key)
        old = result.get(key)
        if isinstance(old, dict) and isinstance(value, dict) and key not in _REPLACED_WHOLE:
            result[key] = _merged(old, value, here, places)
            continue
        if isinstance(old, dict | list):
            for replaced in [one for one in places if one[: len(here)] == here]:
                del places[replaced]
        result[key] = value
    return result


def _checked(document: Document, kind: type) -> tuple[Part, dict[str, Any]]:
    """The document held against its shape: a part with everything but layers, and the checked data as written."""
    part = Part({}, {}, list(document.faults))

    def report(path: KeyPath, problem: str, found: str, allowed: str) -> None:
        place = _written_place(document, path)
        part.faults.append(
            Fault(problem, file=place.file, line=place.line, key=place.key, found=found, allowed=allowed)
        )

    data = {} if document.data is None else check(kind, document.data, report)
    data = {} if data is WRONG else data
    for section in ("services", "databases", "resources", "settings"):
        if section in data:
            part.data[section] = data[section]
    for name, resource in part.data.get("resources", {}).items():
        if isinstance(resource, int):
            part.data["resources"][name] = {"size": resource}
    return part, data


def _by_name(part: Part, document: Document, written: KeyPath, categories: list[Any]) -> dict[str, int]:
    """The position of each category by its name; a name that comes again is a fault, and the first stays."""
    positions: dict[str, int] = {}
    for index, category in enumerate(categories):
        if category is WRONG:
            continue
        name = category["name"]
        if name not in positions:
            positions[name] = index
            continue
        place = _written_place(document, (*written, index))
        first = _line(document, (*written, positions[name]))
        part.faults.append(
            Fault(
                f"is given twice, first on line {first}",
                file=place.file,
                line=place.line,
                key=place.key,
                found=name,
                allowed="each category once in a layer",
            )
        )
    return positions


def _unknown(part: Part, document: Document, path: KeyPath, what: str, known: Iterable[str]) -> None:
    place, name = _written_place(document, path), str(path[-1])
    part.faults.append(
        Fault(
            f"there is no {what} of this name{did_you_mean(name, known)}",
            file=place.file,
            line=place.line,
            key=place.key,
            found=name,
            allowed=listed(known),
        )
    )


def _with_places(part: Part, document: Document, common: Callable[[KeyPath], KeyPath | None]) -> Part:
    """The part with the place of everything in the file, under the path that `common` gives for the path as written."""
    for written in document.lines:
        path = common(written) if written else None
        if path is not None:
            part.places[path] = _written_place(document, written)
    return part


def _written_place(document: Document, path: KeyPath) -> Place:
    return Place(document.file, _line(document, path), _shown(document.data, path))


def _line(document: Document, path: KeyPath) -> int:
    while path and path not in document.lines:
        path = path[:-1]
    return document.lines.get(path, 0)


def _shown(data: Any, path: KeyPath) -> str:
    """A path as text, with list items shown by their names: `layers.fast_feedback.categories[smoke].priority`."""
    text = ""
    for part in path:
        try:
            data = data[part]
        except (KeyError, IndexError, TypeError):
            data = None
        if isinstance(part, int):
            name = data.get("name") if isinstance(data, dict) else None
            text += f"[{name}]" if isinstance(name, str) and name else f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text

"""The JSON schema (draft 2020-12) of the layers file and of an environment file, so that editors complete keys.

Made from the same structs that check the files; it can't say what only makes sense between keys (cycles, unknown
layers, limits), which `lamina validate` does.
"""

from __future__ import annotations

from typing import Any

import msgspec

from lamina.layers.names import NAME_RULE, TAKEN
from lamina.layers.written import EnvironmentFile, LayersFile

__all__ = ["environment_schema", "layers_schema"]

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def layers_schema() -> dict[str, Any]:
    """The schema of layers/test_layers.yaml and of a file given as `layer_config`."""
    return _schema(LayersFile, "lamina layers", "Layers and categories of a project's tests, over lamina's defaults.")


def environment_schema() -> dict[str, Any]:
    """The schema of layers/environments/NAME.yaml."""
    return _schema(EnvironmentFile, "lamina environment", "What differs from the layers file in one environment.")


def _schema(kind: type, title: str, description: str) -> dict[str, Any]:
    (reference,), parts = msgspec.json.schema_components([kind], ref_template="#/$defs/{name}")
    parts = {name: _tidied(part) for name, part in parts.items()}
    whole = parts.pop(reference["$ref"].rpartition("/")[2])
    if "layers" in whole["properties"]:
        _name_rule(whole["properties"]["layers"], parts["Category"])
    # A place for anchors, as in compose files.
    whole["patternProperties"] = {"^x-": {}}
    return {"$schema": _DRAFT, **whole, "title": title, "description": description, "$defs": parts}


def _tidied(part: dict[str, Any]) -> dict[str, Any]:
    """A struct's schema without defaults, which are not the result's, and with null for "nothing said"."""
    properties = {key: _or_nothing(value) for key, value in part["properties"].items()}
    kept = {key: value for key, value in part.items() if key != "description"}
    return {**kept, "properties": properties, "additionalProperties": False}


def _or_nothing(value: dict[str, Any]) -> dict[str, Any]:
    """Sections and lists may be left empty (null in YAML), and so may the entries of a section."""
    described = {key: value[key] for key in ("description",) if key in value}
    rest = {key: item for key, item in value.items() if key not in ("description", "default")}
    if isinstance(rest.get("additionalProperties"), dict) and "$ref" in rest["additionalProperties"]:
        rest["additionalProperties"] = {"anyOf": [rest["additionalProperties"], {"type": "null"}]}
    if "$ref" in rest or rest.get("type") in ("object", "array"):
        return {**described, "anyOf": [rest, {"type": "null"}]}
    return {**described, **rest}


def _name_rule(layers: dict[str, Any], category: dict[str, Any]) -> None:
    """Put the rule for names on the layers' keys and the categories' names."""
    rule = {"pattern": "^[A-Za-z][A-Za-z0-9_-]{0,63}$", "not": {"enum": sorted(TAKEN)}}
    layers["anyOf"][0]["propertyNames"] = rule
    name = category["properties"]["name"]
    category["properties"]["name"] = {**name, **rule, "description": f"{name['description']} {NAME_RULE.capitalize()}."}

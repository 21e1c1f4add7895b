"""The shapes of the two kinds of YAML file: the layers file and an environment file.

Both are made from the model's structs with every key optional, since a file only says what differs from what comes
before it. Knows nothing of how files are found or merged.
"""

from __future__ import annotations

from typing import Annotated, Any, get_type_hints

import msgspec
from msgspec import UNSET, Meta, UnsetType

from lamina.layers.model import (
    Category,
    Database,
    Layer,
    Need,
    PoolSize,
    Readiness,
    Resource,
    Service,
    Settings,
    Text,
)

__all__ = ["EnvironmentFile", "LayersFile"]


def _optional(kind: type, struct_name: str, /, *, without: tuple[str, ...] = (), **changed: Any) -> Any:
    """A struct with `kind`'s keys, each of which may be left out; `changed` gives keys another type, or adds them."""
    hints = {key: hint for key, hint in get_type_hints(kind, include_extras=True).items() if key not in without}
    fields = [(key, hint | UnsetType, UNSET) for key, hint in {**hints, **changed}.items()]
    return msgspec.defstruct(struct_name, fields, kw_only=True, forbid_unknown_fields=True, module=__name__)


_Needs = Annotated[
    list[Text | Need],
    Meta(description="Resources that each of its tests needs: names, or mappings of name, shared, count."),
]
_CategoryEntry: Any = msgspec.defstruct(
    "Category",
    [("name", get_type_hints(Category, include_extras=True)["name"])],
    bases=(_optional(Category, "CategoryKeys", without=("name",), resources=_Needs),),
    kw_only=True,
    forbid_unknown_fields=True,
    module=__name__,
)
_LayerName = Annotated[str, Meta(description="The layer's name for people; its key is what commands use.")]
_LayerEntry: Any = _optional(
    Layer,
    "Layer",
    without=("title",),
    name=_LayerName,
    categories=Annotated[list[_CategoryEntry], Meta(description="The layer's categories; merged by name.")],
)
_LayerOverride: Any = _optional(Layer, "LayerOverride", without=("title", "categories"), name=_LayerName)
_CategoryOverride: Any = _optional(Category, "CategoryOverride", without=("name",), resources=_Needs)
_ReadinessEntry: Any = _optional(Readiness, "Readiness")
_ServiceEntry: Any = _optional(
    Service,
    "Service",
    without=("name",),
    readiness=Annotated[_ReadinessEntry | UnsetType, Meta(description="How it is known that it is ready.")],
)
_DatabaseEntry: Any = _optional(Database, "Database", without=("name",))
_ResourceEntry: Any = _optional(Resource, "Resource", without=("name",))
_SettingsEntry: Any = _optional(Settings, "Settings")

_SERVICES = "Services that layers may require, by name."
_DATABASES = "Databases for tests, by name."
_RESOURCES = "What tests share: locks, and pools (a number alone is a pool of this size), by name."
_SETTINGS = "How a run goes about it."


class _LayersFile(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """layers/test_layers.yaml: the project's layers, over the built-in ones."""

    defaults: Annotated[bool, Meta(description="false: start from nothing instead of the built-in layers.")] = True
    layers: Annotated[dict[str, _LayerEntry], Meta(description="Layers by name; merged with the built-in ones.")] = {}
    services: Annotated[dict[str, _ServiceEntry], Meta(description=_SERVICES)] = {}
    databases: Annotated[dict[str, _DatabaseEntry], Meta(description=_DATABASES)] = {}
    resources: Annotated[dict[str, PoolSize | _ResourceEntry], Meta(description=_RESOURCES)] = {}
    settings: Annotated[_SettingsEntry | UnsetType, Meta(description=_SETTINGS)] = UNSET


class _EnvironmentFile(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """layers/environments/NAME.yaml: what differs in one environment."""

    description: Annotated[str, Meta(description="One line about the environment.")] = ""
    layer_overrides: Annotated[dict[str, _LayerOverride], Meta(description="What differs, by layer.")] = {}
    category_overrides: Annotated[dict[str, _CategoryOverride], Meta(description="What differs, by category.")] = {}
    services: Annotated[dict[str, _ServiceEntry], Meta(description=_SERVICES)] = {}
    databases: Annotated[dict[str, _DatabaseEntry], Meta(description=_DATABASES)] = {}
    resources: Annotated[dict[str, PoolSize | _ResourceEntry], Meta(description=_RESOURCES)] = {}
    settings: Annotated[_SettingsEntry | UnsetType, Meta(description=_SETTINGS)] = UNSET


# Structs made at run time can't be named in annotations that a type checker follows; the two that leave here are types.
LayersFile: type = _LayersFile
EnvironmentFile: type = _EnvironmentFile

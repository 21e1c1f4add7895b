"""Settings from the environment variables LAMINA_* and from the command line (`doit level=aggressive`).

Both are text; it is read as the setting's type says and held against the same ranges as the files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import inspect

from lamina.errors import Fault
from lamina.layers.merging import Part
from lamina.layers.model import Settings
from lamina.layers.reading import KeyPath, Place
from lamina.layers.shape import WRONG, check, plain_type
from lamina.layers.spelling import did_you_mean, listed
from lamina.layers.variable_names import VARIABLES
from lamina.layers.written import EnvironmentFile

__all__ = ["from_command_line", "from_variables"]

_SETTINGS = {field.encode_name: field.type for field in inspect.type_info(Settings).fields}  # type: ignore[attr-defined]
# What the command line calls some of them.
_SHORT = {"fail_fast": "fail_fast_threshold"}
_WORDS = {"true": True, "yes": True, "on": True, "1": True, "false": False, "no": False, "off": False, "0": False}


def from_variables(variables: Mapping[str, str]) -> Part:
    """The settings that environment variables give. A variable that is set to nothing counts as not set."""
    part = Part({"settings": {}}, {}, [])
    for variable, setting in VARIABLES.items():
        text = variables.get(variable, "").strip()
        if text:
            _add(part, setting, text, variable)
    return part


def from_command_line(overrides: Mapping[str, str]) -> Part:
    """The settings that the command line gives as NAME=VALUE."""
    part = Part({"settings": {}}, {}, [])
    for name, text in overrides.items():
        setting = _SHORT.get(name, name)
        if setting in _SETTINGS:
            _add(part, setting, text.strip(), f"{name}={text}")
        else:
            problem = f"is not a setting{did_you_mean(name, _SETTINGS)}"
            part.faults.append(
                Fault(problem, key=f"{name}={text}", found=name, allowed=listed(["env", "layer_config", *_SETTINGS]))
            )
    return part


def _add(part: Part, setting: str, text: str, source: str) -> None:
    def report(_path: KeyPath, problem: str, _found: str, allowed: str) -> None:
        part.faults.append(Fault(problem, key=source, found=f'"{text}"', allowed=allowed.replace(", or null", "")))

    checked = check(EnvironmentFile, {"settings": {setting: _read(_SETTINGS[setting], text)}}, report)
    if checked is not WRONG and setting in checked["settings"]:
        part.data["settings"][setting] = checked["settings"][setting]
        part.places[("settings", setting)] = Place("", 0, source)


def _read(kind: Any, text: str) -> Any:
    """The text as a value of a setting's type; the text itself when it is none, for the check to say so."""
    kind = plain_type(kind)
    if isinstance(kind, inspect.UnionType):
        (kind,) = [plain_type(one) for one in kind.types if not isinstance(one, inspect.NoneType)]
    try:
        if isinstance(kind, inspect.BoolType):
            return _WORDS.get(text.lower(), text)
        if isinstance(kind, inspect.IntType):
            return int(text)
        if isinstance(kind, inspect.FloatType):
            return float(text)
    except ValueError:
        pass
    return text

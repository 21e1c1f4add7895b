"""The NAME=VALUE words of the command line: what they may be, and what they ask for."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from lamina.errors import UsageError
from lamina.layers.levels import LEVELS
from lamina.layers.spelling import did_you_mean, listed
from lamina.layers.variable_names import VARIABLES

__all__ = ["Request", "given", "request_of"]

_OWN = ("env", "layer_config", "fresh", "live", "background")
_OTHER_SETTINGS = (
    "fail_fast",
    "fail_fast_mode",
    "circuit_breaker_threshold",
    "circuit_breaker_pause_seconds",
    "slow_test_seconds",
)
_SETTINGS = {"level", *VARIABLES.values(), *LEVELS["balanced"], *_OTHER_SETTINGS}
_YES = {"true": True, "yes": True, "1": True, "on": True, "false": False, "no": False, "0": False, "off": False}
_READ_BY_TASKS = re.compile(r"""get_var\(\s*["']([^"']+)["']""")


class Request(NamedTuple):
    """What the command line asks for: the environment and layers file (None: nothing said), whether to run everything
    anew, whether to go into the background (None: nothing said), settings by name as text, and
    whether to show each test with its output when it ends."""

    environment: str | None = None
    layer_config: str | None = None
    fresh: bool = False
    background: bool | None = None
    overrides: Mapping[str, str] = MappingProxyType({})
    live: bool = False


def given() -> dict[str, str]:
    """The NAME=VALUE words that doit found, by name."""
    # doit gives values one by one, by name; all of them are needed to find one that is misspelt.
    from doit import doit_cmd

    return dict(doit_cmd._CMDLINE_VARS or {})


def request_of(root: str, words: Mapping[str, str]) -> Request:
    """Understands the words. Those that are settings are checked with the configuration; raises UsageError for the
    rest."""
    overrides = {name: value for name, value in words.items() if name not in _OWN}
    if set(overrides) - _SETTINGS:
        # A project's own tasks may ask doit for variables that lamina knows nothing of.
        read_by_tasks = _variables_of_tasks(root)
        overrides = {name: value for name, value in overrides.items() if name in _SETTINGS or name not in read_by_tasks}
        for name in overrides:
            if name not in _SETTINGS:
                known = [*_OWN, *sorted(_SETTINGS | read_by_tasks)]
                raise UsageError(f"{name}=: is not known{did_you_mean(name, known)}; allowed: {listed(known)}")
    return Request(
        environment=_not_empty(words, "env"),
        layer_config=_not_empty(words, "layer_config"),
        fresh=_yes_or_no("fresh", words.get("fresh", "false")),
        background=_yes_or_no("background", words["background"]) if "background" in words else None,
        overrides=overrides,
        live=_yes_or_no("live", words.get("live", "false")),
    )


def _not_empty(words: Mapping[str, str], name: str) -> str | None:
    value = words.get(name)
    if value == "":
        raise UsageError(f"{name}= needs a value, as in {name}={'ci' if name == 'env' else 'layers/other.yaml'}")
    return value


def _yes_or_no(name: str, text: str) -> bool:
    try:
        return _YES[text.lower()]
    except KeyError:
        raise UsageError(f"{name}={text}: is neither yes nor no; allowed: {name}=true, {name}=false") from None


def _variables_of_tasks(root: str) -> set[str]:
    found: set[str] = set()
    paths = [os.path.join(root, "dodo.py")]
    folder = os.path.join(root, "tasks")
    if os.path.isdir(folder):
        paths.extend(os.path.join(folder, name) for name in os.listdir(folder) if name.endswith(".py"))
    for path in paths:
        try:
            with open(path, encoding="utf-8", errors="replace") as file:
                found.update(_READ_BY_TASKS.findall(file.read()))
        except OSError:
            continue
    return found

"""The optimization levels: each a named set of settings, so that one word changes how hard a run pushes the machine.

A setting given explicitly, wherever it is given, beats what the level sets. Plain data: this module is read on the path
where nothing has to run.
"""

from __future__ import annotations

from typing import Any

__all__ = ["DEFAULT_LEVEL", "LEAVES_OUT", "LEVELS", "explain", "with_level"]

DEFAULT_LEVEL = "balanced"

# workers_per_core above 1 pays when tests wait (sleep, network, subprocesses); below 1 it leaves the machine usable for
# other work. Small batches re-balance better, large ones cost fewer messages. A run that stops at its first failure
# suits machines that only ask "is it good?"; a developer wants the whole list.
LEVELS: dict[str, dict[str, Any]] = {
    "ultra_fast": {
        "workers_per_core": 2.0,
        "batch_size": 32,
        "cache_granularity": "block",
        "retries": 0,
        "fail_fast_threshold": 1,
        "audit_share": 0.0,
    },
    "aggressive": {
        "workers_per_core": 1.5,
        "batch_size": 16,
        "cache_granularity": "block",
        "retries": 0,
        "fail_fast_threshold": 0,
        "audit_share": 0.005,
    },
    "balanced": {
        "workers_per_core": 1.0,
        "batch_size": 8,
        "cache_granularity": "block",
        "retries": 0,
        "fail_fast_threshold": 0,
        "audit_share": 0.005,
    },
    "conservative": {
        "workers_per_core": 0.5,
        "batch_size": 1,
        "cache_granularity": "file",
        "retries": 1,
        "fail_fast_threshold": 0,
        "audit_share": 0.005,
    },
}


# What each takes less into account than another does, for `doit plan`; docs/tracking.md has it in full.
LEAVES_OUT: dict[str, str] = {
    "ultra_fast": "selects as balanced does, and audits nothing",
    "aggressive": "selects as balanced does",
    "balanced": "a test counts on those functions and definitions of a file that it used",
    "conservative": "a test counts on the whole of each file that it reached",
}


def with_level(settings: dict[str, Any]) -> dict[str, Any]:
    """The settings given, completed by what their level sets; an unknown level completes nothing."""
    level = settings.get("level", DEFAULT_LEVEL)
    return {**LEVELS.get(level, {}), **settings, "level": level}


def explain(settings: dict[str, Any]) -> list[tuple[str, Any, bool]]:
    """What the level of these (complete, plain) settings is about, for `doit plan`: setting, value in effect, and
    whether that is the level's value rather than another one given explicitly."""
    level = LEVELS[settings["level"]]
    return [(name, settings[name], settings[name] == value) for name, value in level.items()]

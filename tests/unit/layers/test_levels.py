"""The named levels: complete, ordered, and weaker than what is given explicitly."""

from __future__ import annotations

from typing import get_args

import msgspec

from lamina.layers.levels import DEFAULT_LEVEL, LEAVES_OUT, LEVELS, explain, with_level
from lamina.layers.model import Level, Settings


def test_each_level_of_the_model_sets_the_same_settings() -> None:
    assert set(LEVELS) == set(LEAVES_OUT) == set(get_args(Level))
    assert len({frozenset(values) for values in LEVELS.values()}) == 1
    for level, values in LEVELS.items():
        assert msgspec.convert({"level": level, **values}, Settings).level == level


def test_the_default_level_is_what_the_model_has_without_any() -> None:
    assert msgspec.convert(with_level({}), Settings) == Settings()
    assert Settings().level == DEFAULT_LEVEL


def test_levels_go_from_careful_to_hard() -> None:
    order = ["conservative", "balanced", "aggressive", "ultra_fast"]
    for key in ("workers_per_core", "batch_size"):
        values = [LEVELS[level][key] for level in order]
        assert values == sorted(values)
        assert len(set(values)) == len(order)


def test_what_is_given_beats_the_level_and_is_told_apart() -> None:
    settings = with_level({"level": "ultra_fast", "batch_size": 3})
    assert settings["workers_per_core"] == 2.0
    assert explain(settings) == [
        ("workers_per_core", 2.0, True),
        ("batch_size", 3, False),
        ("cache_granularity", "block", True),
        ("retries", 0, True),
        ("fail_fast_threshold", 1, True),
        ("audit_share", 0.0, True),
    ]


def test_an_unknown_level_is_left_for_the_check_to_report() -> None:
    assert with_level({"level": "warp"}) == {"level": "warp"}

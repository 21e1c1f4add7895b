"""Settings from environment variables and from the command line."""

from __future__ import annotations

from typing import Any

import pytest

from lamina.errors import ConfigurationError
from lamina.layers.variable_names import VARIABLES


def test_every_variable_of_the_specification_gives_its_setting(project: Any) -> None:
    project.variables |= {
        "LAMINA_CACHE_DIR": "cache",
        "LAMINA_MAX_WORKERS": "3",
        "LAMINA_MEMORY_PER_WORKER": "512",
        "LAMINA_CACHE_MAX_MB": "100",
        "LAMINA_CACHE_TTL_HOURS": "1.5",
        "LAMINA_TRACE": "0",
        "LAMINA_AUDIT": "0.25",
        "LAMINA_FAIL_FAST_THRESHOLD": "2",
        "LAMINA_RESOURCE_MONITORING": "off",
        "LAMINA_RESTORE_STATE": "no",
        "LAMINA_PRESERVE_ON_FAILURE": "on",
        "LAMINA_STRICT_ISOLATION": "True",
        "LAMINA_DEBUG": "1",
        "LAMINA_PROFILE": "yes",
    }
    assert set(project.variables) == set(VARIABLES)
    settings = project.load().settings
    assert (settings.cache_dir, settings.max_workers, settings.memory_per_worker_mb) == ("cache", 3, 512)
    assert (settings.cache_ttl_hours, settings.cache_max_mb, settings.fail_fast_threshold) == (1.5, 100, 2)
    assert (settings.trace, settings.audit_share) == (False, 0.25)
    assert (settings.resource_monitoring, settings.strict_isolation) == (False, True)
    assert (settings.debug, settings.profile, settings.restore_state) == (True, True, False)
    assert settings.preserve_on_failure


FAULTS = {
    "LAMINA_AUDIT=1.5": 'is out of range (found "1.5"); allowed: a number from 0 up to 1',
    "LAMINA_MAX_WORKERS=0": 'is out of range (found "0"); allowed: a whole number from 1 up to 10000',
    "LAMINA_MAX_WORKERS=all": 'has the wrong type (found "all"); allowed: a whole number from 1 up to 10000',
    "LAMINA_MEMORY_PER_WORKER=2GB": 'has the wrong type (found "2GB"); allowed: a whole number from 1',
    "LAMINA_MEMORY_PER_WORKER=16001": "is more than the machine's memory, so it can never be met (found 16001); "
    "allowed: up to 16000",
    "LAMINA_CACHE_TTL_HOURS=-1": 'is out of range (found "-1"); allowed: a number from 0',
    "LAMINA_CACHE_TTL_HOURS=nan": 'is out of range (found "nan"); allowed: a number from 0',
    "LAMINA_FAIL_FAST_THRESHOLD=1.5": 'has the wrong type (found "1.5"); allowed: a whole number from 0',
    "LAMINA_RESOURCE_MONITORING=maybe": 'has the wrong type (found "maybe"); allowed: true, false',
    "LAMINA_CACHE_DIR=..": 'holds the project itself, and clean would empty it (found ".."); '
    "allowed: a folder of its own, such as .lamina, or an absolute path",
    "LAMINA_ENV=prod": "there is no environment of this name (found prod); "
    "allowed: none (add layers/environments/NAME.yaml for one)",
}


@pytest.mark.parametrize("assignment", FAULTS)
def test_a_wrong_variable_is_named(project: Any, assignment: str) -> None:
    name, _, value = assignment.partition("=")
    project.variables[name] = value
    with pytest.raises(ConfigurationError) as caught:
        project.load()
    assert str(caught.value) == f"{name}: {FAULTS[assignment]}"


@pytest.mark.parametrize("value", ["", "  "])
def test_a_variable_that_is_set_to_nothing_is_not_set(project: Any, value: str) -> None:
    project.variables |= dict.fromkeys([*VARIABLES, "LAMINA_ENV"], value)
    assert project.load().settings == type(project)(project.root).load().settings


def test_other_variables_are_nobodys_business(project: Any) -> None:
    project.variables |= {"LAMINA_WORKER": "x", "MAX_WORKERS": "-1"}
    assert project.load()


def test_the_command_line_gives_any_setting(project: Any) -> None:
    settings = project.load(
        level="aggressive", cache_granularity="file", debug="on", workers_per_core=" 0.25 "
    ).settings
    assert (settings.level, settings.batch_size, settings.cache_granularity) == ("aggressive", 16, "file")
    assert (settings.debug, settings.workers_per_core) == (True, 0.25)


def test_fail_fast_is_short_for_its_threshold(project: Any) -> None:
    assert project.load(fail_fast="3").settings.fail_fast_threshold == 3
    with pytest.raises(ConfigurationError) as caught:
        project.load(fail_fast="-1")
    assert str(caught.value) == 'fail_fast=-1: is out of range (found "-1"); allowed: a whole number from 0'


def test_what_the_command_line_gets_wrong(project: Any) -> None:
    with pytest.raises(ConfigurationError) as caught:
        project.load(levle="balanced", level="balance", batch_size="0")
    assert str(caught.value).splitlines() == [
        "levle=balanced: is not a setting, did you mean level? (found levle); allowed: env, layer_config, level, "
        "max_workers, memory_per_worker_mb, cache_dir, cache_ttl_hours, cache_max_mb, trace, audit_share, fail_fast_threshold, "
        "fail_fast_mode, circuit_breaker_threshold, circuit_breaker_pause_seconds, "
        "resource_monitoring, restore_state, slow_test_seconds, preserve_on_failure, strict_isolation, debug, profile, "
        "workers_per_core, batch_size, "
        "cache_granularity, retries",
        'level=balance: is not one of the allowed values, did you mean balanced? (found "balance"); '
        "allowed: aggressive, balanced, conservative, ultra_fast",
        'batch_size=0: is out of range (found "0"); allowed: a whole number from 1',
    ]

"""What of a service counts for the tests that need it."""

from __future__ import annotations

import os
from typing import Any

import msgspec
import pytest

from lamina.layers.model import Category, Configuration, Layer, Service
from lamina.layers.services import HANDED_OUT, handed_out, in_start_order
from lamina.sources.manifests import state_of_configuration
from lamina.tracing.environment import fingerprint_of_environment


def configuration(environment: dict[str, str] | None = None, **keys: Any) -> dict[str, Any]:
    """Two categories, of which `database` needs the service `db`, which depends on `disk`."""
    db = Service(name="db", **{"command": "serve", "provides": {"URL": "{port}"}, "depends_on": ("disk",), **keys})
    plain: dict[str, Any] = msgspec.to_builtins(
        Configuration(
            layers=(
                Layer(name="a", categories=(Category(name="unit"),)),
                Layer(
                    name="b",
                    categories=(Category(name="database", environment=environment or {}),),
                    required_services=("db",),
                ),
            ),
            services=(db, Service(name="disk", command="disk"), Service(name="other", command="other")),
        )
    )
    return msgspec.json.decode(msgspec.json.encode(plain))  # type: ignore[no-any-return]


def state(category: str, files: dict[str, str] | None = None, **keys: Any) -> str:
    return state_of_configuration(configuration(**keys), category, files or {})


@pytest.mark.parametrize(
    "keys",
    [
        {"description": "another"}, {"readiness": {"kind": "http"}}, {"start_timeout_seconds": 1}, {"stop_signal": "SIGINT"},
        {"stop_grace_seconds": 1}, {"circuit_failures": 1}, {"circuit_reset_seconds": 1},
    ],
    ids=str,
)  # fmt: skip
def test_how_it_is_started_does_not_count(keys: dict[str, Any]) -> None:
    keys = msgspec.to_builtins(msgspec.convert({"name": "db", **keys}, Service)) | keys
    before = msgspec.convert({"name": "db"}, Service)
    changed = {key: value for key, value in keys.items() if value != getattr(before, key) and key != "name"}
    assert state(
        "database", **{key: getattr(msgspec.convert({"name": "db", **changed}, Service), key) for key in changed}
    ) == (state("database"))


@pytest.mark.parametrize(
    "keys",
    [{"command": "serve -v"}, {"port": 5432}, {"ports": {"x": 0}}, {"environment": {"A": "1"}}, {"provides": {"URL": "x"}},
     {"depends_on": ()}],
    ids=str,
)  # fmt: skip
def test_what_tests_meet_counts_for_those_that_need_it(keys: dict[str, Any]) -> None:
    assert state("database", **keys) != state("database")
    assert state("unit", **keys) == state("unit")


def test_the_files_that_it_is_made_from_count() -> None:
    def with_files(**files: str) -> str:
        return state(
            "database", {f"db/{name}.sql": text for name, text in files.items()} | {"a.py": "1"}, inputs=("db/**",)
        )

    assert with_files(schema="1") == with_files(schema="1")
    assert len({with_files(), with_files(schema="1"), with_files(schema="2"), with_files(schema="1", more="1")}) == 4


def test_start_order() -> None:
    assert [one["name"] for one in in_start_order(configuration(), ["db"])] == ["disk", "db"]


def test_a_variable_that_a_service_hands_out_has_one_fingerprint() -> None:
    handed = handed_out(configuration(), "database")
    assert handed == {HANDED_OUT: "URL"} and handed_out(configuration(), "unit") == {}
    one, two = ({**handed, "URL": url, "HOME": "/x", "LAMINA_SERVICE_DB_PORT": url} for url in ("1", "2"))
    for key in ("env:URL", "env:*"):
        assert fingerprint_of_environment(key, one) == fingerprint_of_environment(key, two)
    assert fingerprint_of_environment("env:URL", one) != fingerprint_of_environment("env:URL", {"URL": "1"})
    assert fingerprint_of_environment("env:*", one) != fingerprint_of_environment("env:*", {**one, "HOME": "/y"})
    assert os.environ.get(HANDED_OUT) is None


def test_a_variable_that_the_category_sets_itself_counts() -> None:
    assert handed_out(configuration(environment={"URL": "own"}), "database") == {HANDED_OUT: ""}

"""The JSON schema accepts what lamina accepts and refuses what it refuses, as far as a schema can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from lamina.layers.files import DEFAULTS
from lamina.layers.schema import environment_schema, layers_schema

LAYERS = jsonschema.Draft202012Validator(layers_schema())
ENVIRONMENT = jsonschema.Draft202012Validator(environment_schema())
OURS = Path(__file__).parents[3] / "layers"

WRONG_LAYERS = {
    "unknown key": "setings: {}",
    "unknown key in a layer": "layers: {a: {priorty: 1}}",
    "unknown key in a category": "layers: {a: {categories: [{name: x, timeout: 1}]}}",
    "unknown key in filters": "layers: {a: {categories: [{name: x, filters: {include: []}}]}}",
    "category without a name": "layers: {a: {categories: [{priority: 1}]}}",
    "bad name of a category": "layers: {a: {categories: [{name: a b}]}}",
    "name of a command": "layers: {a: {categories: [{name: list}]}}",
    "bad name of a layer": "layers: {../a: {}}",
    "mode": "layers: {a: {execution_mode: fast}}",
    "text for a number": "layers: {a: {max_duration_minutes: '3'}}",
    "zero": "layers: {a: {categories: [{name: x, timeout_seconds: 0}]}}",
    "negative": "layers: {a: {categories: [{name: x, max_parallel_instances: -1}]}}",
    "number for a text": "layers: {a: {categories: [{name: x, environment: {A: 1}}]}}",
    "empty text": "layers: {a: {depends_on: ['']}}",
    "level": "settings: {level: fast}",
    "layers as a list": "layers: []",
    "list": "[]",
}
WRONG_ENVIRONMENTS = {
    "layers": "layers: {}",
    "categories": "layer_overrides: {a: {categories: []}}",
    "name of a category": "category_overrides: {a: {name: b}}",
    "type": "category_overrides: {a: {retries: many}}",
}


def test_both_are_schemas() -> None:
    for validator in (LAYERS, ENVIRONMENT):
        validator.check_schema(validator.schema)


@pytest.mark.parametrize("path", [DEFAULTS, OURS / "test_layers.yaml"], ids=["defaults", "ours"])
def test_layers_files_that_are_right(path: Path) -> None:
    LAYERS.validate(yaml.safe_load(path.read_text()))


@pytest.mark.parametrize("name", ["dev", "ci", "staging"])
def test_environment_files_that_are_right(name: str) -> None:
    ENVIRONMENT.validate(yaml.safe_load((OURS / f"environments/{name}.yaml").read_text()))


@pytest.mark.parametrize(
    "text",
    [
        "layers: {a: , b: {categories: }}",
        "layers:\nsettings:\nservices:\n",
        "x-mine: [1]\nlayers: {a: {categories: [{name: x, filters: , resource_limits: null}]}}",
        "settings: {max_workers: null}",
    ],
)
def test_sections_may_be_left_empty(project: Any, text: str) -> None:
    LAYERS.validate(yaml.safe_load(text))
    project.write(layers=text)
    assert project.load()


@pytest.mark.parametrize("text", WRONG_LAYERS.values(), ids=WRONG_LAYERS)
def test_layers_files_that_are_wrong(text: str) -> None:
    assert not LAYERS.is_valid(yaml.safe_load(text))


@pytest.mark.parametrize("text", WRONG_ENVIRONMENTS.values(), ids=WRONG_ENVIRONMENTS)
def test_environment_files_that_are_wrong(text: str) -> None:
    assert not ENVIRONMENT.is_valid(yaml.safe_load(text))


def test_every_key_says_what_it_means() -> None:
    for schema in (LAYERS.schema, ENVIRONMENT.schema):
        assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
        for part in [schema, *schema["$defs"].values()]:
            assert all(value.get("description") for value in part["properties"].values()), part["title"]

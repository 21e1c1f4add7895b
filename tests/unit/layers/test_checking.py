"""Every fault that a configuration can have, with the message that the user gets."""

from __future__ import annotations

from typing import Any

import pytest

from lamina.errors import ConfigurationError

LAYER_KEYS = (
    "name, description, priority, execution_order, max_duration_minutes, fail_fast_threshold, execution_mode, "
    "depends_on, required_services, resource_limits, categories, enabled"
)
CATEGORY_KEYS = (
    "description, timeout_seconds, test_timeout_seconds, max_parallel_instances, target_duration_seconds, priority, "
    "filters, runner, resources, required_services, retries, strict_isolation, environment, inputs, pytest_args, "
    "resource_limits, enabled"
)
OVERRIDE_KEYS = LAYER_KEYS.replace("categories, ", "")
COMMANDS = (
    "affected, auto, background, bench, clean, debug, dumpdb, flaky, forget, help, ignore, info, init, list, mcp, "
    "plan, receipt, reset-dep, retry, run, schema, serve, services, status, stop, strace, tabcompletion, validate, watch, why"
)
EXPRESSIONS = "names with and, or, not and brackets, as after pytest -m and -k"
PATTERNS = "a gitignore-style pattern from the project's root, such as tests/unit/** or **/test_api_*.py"
FILE = "layers/test_layers.yaml"
UNIT = f"{FILE}:5: layers.fast_feedback.categories[unit]"


def unit(key: str) -> str:
    """A layers file in which `unit` has one more key, on line 5."""
    return f"layers:\n  fast_feedback:\n    categories:\n      - name: unit\n        {key}\n"


LAYERS_FILE_FAULTS = {
    "unknown key at the top": (
        "setings: {}",
        f"{FILE}:1: setings: is not a key here, did you mean settings? (found setings); "
        "allowed: defaults, layers, services, databases, resources, settings",
    ),
    "unknown key in a layer": (
        "layers:\n  fast_feedback:\n    max_duration_minute: 1",
        f"{FILE}:3: layers.fast_feedback.max_duration_minute: is not a key here, did you mean max_duration_minutes? "
        f"(found max_duration_minute); allowed: {LAYER_KEYS}",
    ),
    "unknown key in a category": (
        unit("timeout_secs: 3"),
        f"{UNIT}.timeout_secs: is not a key here, did you mean timeout_seconds? (found timeout_secs); "
        f"allowed: {CATEGORY_KEYS}, name",
    ),
    "key of another runner": (
        "layers:\n  e2e_performance:\n    background_execution: true",
        f"{FILE}:3: layers.e2e_performance.background_execution: is not a key here: write execution_mode: background "
        f"(found background_execution); allowed: {LAYER_KEYS}",
    ),
    "key of a category in a layer": (
        "layers:\n  fast_feedback:\n    max_parallel_instances: 1",
        f"{FILE}:3: layers.fast_feedback.max_parallel_instances: is not a key here: "
        "write resource_limits: {instances: ...}, or it in a category (found max_parallel_instances); "
        f"allowed: {LAYER_KEYS}",
    ),
    "text for a number": (
        unit('timeout_seconds: "60"'),
        f'{UNIT}.timeout_seconds: has the wrong type (found the text "60"); allowed: a number above 0 up to 604800',
    ),
    "true for a number": (
        unit("max_parallel_instances: yes"),
        f"{UNIT}.max_parallel_instances: has the wrong type (found true); allowed: a whole number from 1 up to 10000",
    ),
    "fraction for a whole number": (
        unit("max_parallel_instances: 1.5"),
        f"{UNIT}.max_parallel_instances: has the wrong type (found 1.5); allowed: a whole number from 1 up to 10000",
    ),
    "negative number": (
        unit("max_parallel_instances: -1"),
        f"{UNIT}.max_parallel_instances: is out of range (found -1); allowed: a whole number from 1 up to 10000",
    ),
    "no time at all": (
        unit("timeout_seconds: 0"),
        f"{UNIT}.timeout_seconds: is out of range (found 0); allowed: a number above 0 up to 604800",
    ),
    "endless time": (
        unit("test_timeout_seconds: .inf"),
        f"{UNIT}.test_timeout_seconds: is out of range (found inf); allowed: a number above 0 up to 604800, or null",
    ),
    "not a number": (
        unit("timeout_seconds: .nan"),
        f"{UNIT}.timeout_seconds: is out of range (found nan); allowed: a number above 0 up to 604800",
    ),
    "a date": (
        unit("description: 2024-01-02"),
        f"{UNIT}.description: has the wrong type (found 2024-01-02 (a date)); "
        "allowed: text (numbers and true/false in quotes)",
    ),
    "nothing for a text": (
        unit("description:"),
        f"{UNIT}.description: has the wrong type (found nothing); allowed: text (numbers and true/false in quotes)",
    ),
    "number for a variable": (
        unit("environment: {PORT: 8000}"),
        f"{UNIT}.environment.PORT: has the wrong type (found 8000); allowed: text (numbers and true/false in quotes)",
    ),
    "list for a mapping": (
        unit("filters: [a]"),
        f"{UNIT}.filters: has the wrong type (found a list); "
        "allowed: a mapping with the keys include_patterns, exclude_patterns, markers, keywords, rest",
    ),
    "text for a list": (
        unit("inputs: src/**"),
        f'{UNIT}.inputs: has the wrong type (found the text "src/**"); allowed: a list: [text that is not empty, ...]',
    ),
    "mapping for a text in a list": (
        unit("pytest_args: [{a: b}]"),
        f"{UNIT}.pytest_args[0]: has the wrong type (found a mapping); allowed: text that is not empty",
    ),
    "unknown mode": (
        "layers:\n  fast_feedback:\n    execution_mode: paralel",
        f"{FILE}:3: layers.fast_feedback.execution_mode: is not one of the allowed values, did you mean parallel? "
        '(found the text "paralel"); allowed: background, hybrid, parallel, sequential',
    ),
    "mode that is not even text": (
        "layers:\n  fast_feedback:\n    execution_mode: 1",
        f"{FILE}:3: layers.fast_feedback.execution_mode: is not one of the allowed values (found 1); "
        "allowed: background, hybrid, parallel, sequential",
    ),
    "unknown runner": (
        unit("runner: behave"),
        f'{UNIT}.runner: is not one of the allowed values (found the text "behave"); allowed: pytest',
    ),
    "category without a name": (
        "layers:\n  fast_feedback:\n    categories:\n      - timeout_seconds: 3",
        f"{FILE}:4: layers.fast_feedback.categories[0]: lacks the key name; allowed: text that is not empty",
    ),
    "layers as a list": (
        "layers:\n  - name: fast_feedback",
        f"{FILE}:1: layers: has the wrong type (found a list); allowed: a mapping",
    ),
    "a list at the top": (
        "- layers",
        f"{FILE}:1: has the wrong type (found a list); allowed: a mapping with the keys "
        "defaults, layers, services, databases, resources, settings",
    ),
    "duplicate category in a layer": (
        "layers:\n  fast_feedback:\n    categories:\n      - name: unit\n      - name: unit",
        f"{FILE}:5: layers.fast_feedback.categories[unit]: is given twice, first on line 4 (found unit); "
        "allowed: each category once in a layer",
    ),
    "category of two layers": (
        "defaults: false\nlayers:\n  a: {categories: [{name: x}]}\n  b: {categories: [{name: x}]}",
        f"{FILE}:4: layers.b.categories[x]: is in the layers a ({FILE}:3) and b (found x); "
        "allowed: each category in one layer; `enabled: false` takes it out of the other",
    ),
    "category of a built-in layer and another": (
        "layers:\n  quick:\n    categories:\n      - name: smoke",
        f"{FILE}:4: layers.quick.categories[smoke]: is in the layers fast_feedback (lamina's defaults.yaml:30) and "
        "quick (found smoke); allowed: each category in one layer; `enabled: false` takes it out of the other",
    ),
    "category taken from a built-in layer": (
        "layers:\n  fast_feedback:\n    categories:\n      - name: api",
        f"{FILE}:4: layers.fast_feedback.categories[api]: is in the layers fast_feedback ({FILE}:4) and "
        "core_integration (found api); allowed: each category in one layer; `enabled: false` takes it out of the other",
    ),
    "ring of layers": (
        "defaults: false\nlayers:\n  a: {depends_on: [b]}\n  b: {depends_on: [c]}\n  c: {depends_on: [a]}",
        f"{FILE}:3: layers.a.depends_on: layers wait for each other in a ring (found a -> b -> c -> a); "
        "allowed: an order without a way back",
    ),
    "ring closed through built-in layers": (
        "layers:\n  fast_feedback:\n    execution_order: 9\n    depends_on: [service_integration]",
        f"{FILE}:4: layers.fast_feedback.depends_on: layers wait for each other in a ring (found fast_feedback -> "
        "service_integration -> core_integration -> fast_feedback); allowed: an order without a way back",
    ),
    "layer that waits for itself": (
        "defaults: false\nlayers:\n  a:\n    depends_on: [a]",
        f"{FILE}:4: layers.a.depends_on: layers wait for each other in a ring (found a -> a); "
        "allowed: an order without a way back",
    ),
    "unknown layer in depends_on": (
        "defaults: false\nlayers:\n  fast: {}\n  slow:\n    depends_on:\n      - fats",
        f"{FILE}:6: layers.slow.depends_on[0]: there is no layer of this name, did you mean fast? (found fats); "
        "allowed: fast",
    ),
    "order against depends_on": (
        "defaults: false\nlayers:\n  a: {execution_order: 1, depends_on: [b]}\n  b: {execution_order: 2}",
        f"{FILE}:3: layers.a.execution_order: puts a before b, which it depends on (execution_order 2) (found 1); "
        "allowed: from 2",
    ),
    "unknown service": (
        "services:\n  postgres: {command: postgres}\nlayers:\n  fast_feedback:\n    required_services: [postgre]",
        f"{FILE}:5: layers.fast_feedback.required_services[0]: there is no service of this name, "
        "did you mean postgres? (found postgre); allowed: postgres (the section services)",
    ),
    "service where none is declared": (
        "layers:\n  fast_feedback:\n    required_services: [redis]",
        f"{FILE}:3: layers.fast_feedback.required_services[0]: there is no service of this name (found redis); "
        "allowed: none (the section services)",
    ),
    "category named like a layer": (
        "layers:\n  fast_feedback:\n    categories:\n      - name: core_integration",
        f"{FILE}:4: layers.fast_feedback.categories[core_integration]: is the name of a category and of a layer "
        "(found core_integration); allowed: a name for each",
    ),
    "category named like a command": (
        "layers:\n  fast_feedback:\n    categories:\n      - name: list",
        f"{FILE}:4: layers.fast_feedback.categories[list]: is the name of a command (found list); "
        f"allowed: any name but {COMMANDS}",
    ),
    "layer named like a command": (
        "layers:\n  clean: {}",
        f"{FILE}:2: layers.clean: is the name of a command (found clean); allowed: any name but {COMMANDS}",
    ),
    "name that is a path": (
        "layers:\n  fast_feedback:\n    categories:\n      - name: ../x",
        f"{FILE}:4: layers.fast_feedback.categories[../x]: is not a usable name (found ../x); "
        "allowed: a letter, then letters, digits, _ or -, at most 64 in all",
    ),
    "test limit above the category's": (
        unit("test_timeout_seconds: 121"),
        f"{UNIT}.test_timeout_seconds: is more than the category's timeout_seconds (120), so it can never be met "
        "(found 121); allowed: up to 120",
    ),
    "target above the limit": (
        unit("target_duration_seconds: 300"),
        f"{UNIT}.target_duration_seconds: is more than the category's timeout_seconds (120), so it can never be met "
        "(found 300); allowed: up to 120",
    ),
    "layer's memory above the machine's": (
        "layers:\n  fast_feedback:\n    resource_limits:\n      memory_mb: 16001",
        f"{FILE}:4: layers.fast_feedback.resource_limits.memory_mb: is more than the machine's memory, "
        "so it can never be met (found 16001); allowed: up to 16000",
    ),
    "category's memory above the machine's": (
        unit("resource_limits: {memory_mb: 16001}"),
        f"{UNIT}.resource_limits.memory_mb: is more than the machine's memory, so it can never be met (found 16001); "
        "allowed: up to 16000",
    ),
    "no instance": (
        unit("resource_limits: {instances: 0}"),
        f"{UNIT}.resource_limits.instances: is out of range (found 0); allowed: a whole number from 1 up to 10000, or null",
    ),
    "no core": (
        unit("resource_limits: {cpu: 0}"),
        f"{UNIT}.resource_limits.cpu: is out of range (found 0); allowed: a number above 0, or null",
    ),
    "worker's memory above the machine's": (
        "settings: {memory_per_worker_mb: 16001}",
        f"{FILE}:1: settings.memory_per_worker_mb: is more than the machine's memory, so it can never be met "
        "(found 16001); allowed: up to 16000",
    ),
    "marker expression": (
        unit("filters: {markers: [slow and]}"),
        f"{UNIT}.filters.markers[0]: is not an expression: expected not OR left parenthesis OR identifier; "
        f'got end of input (found "slow and"); allowed: {EXPRESSIONS}',
    ),
    "keyword expression": (
        unit("filters: {keywords: [fine, not (a]}"),
        f"{UNIT}.filters.keywords[1]: is not an expression: expected right parenthesis; got end of input "
        f'(found "not (a"); allowed: {EXPRESSIONS}',
    ),
    "keyword with arguments": (
        unit("filters: {keywords: ['a and x(y=1)']}"),
        f"{UNIT}.filters.keywords[0]: has a name with arguments, which only markers take "
        '(found "a and x(y=1)"); allowed: names with and, or, not and brackets',
    ),
    "rest of a kind": (
        unit("filters: {markers: [slow], rest: true}"),
        f"{UNIT}.filters.rest: takes every test that is left, which markers and keywords contradict (found true); "
        "allowed: either rest, or markers and keywords",
    ),
    "empty expression": (
        unit("filters: {markers: ['']}"),
        f'{UNIT}.filters.markers[0]: is empty (found the text ""); allowed: text that is not empty',
    ),
    "pattern that leads out": (
        unit("filters: {include_patterns: [../other/**]}"),
        f'{UNIT}.filters.include_patterns[0]: leads out of the project (found "../other/**"); allowed: {PATTERNS}',
    ),
    "negated pattern": (
        unit("filters: {include_patterns: ['!tests/slow/**']}"),
        f"{UNIT}.filters.include_patterns[0]: starts with !, which is for ignore files "
        '(found "!tests/slow/**"); allowed: exclude_patterns for what is to be left out',
    ),
    "pattern with backslashes": (
        unit("inputs: ['src\\app\\*.py']"),
        f'{UNIT}.inputs[0]: has a backslash between folders (found "src\\app\\*.py"); '
        "allowed: / between folders, on every system",
    ),
    "name of a variable": (
        unit('environment: {"MY VAR": x}'),
        f'{UNIT}.environment.MY VAR: is not the name of a variable (found "MY VAR"); '
        "allowed: letters, digits and _, not starting with a digit",
    ),
    "unknown level": (
        "settings:\n  level: agressive",
        f"{FILE}:2: settings.level: is not one of the allowed values, did you mean aggressive? "
        '(found the text "agressive"); allowed: aggressive, balanced, conservative, ultra_fast',
    ),
    "cache that is the project": (
        "settings:\n  cache_dir: .",
        f'{FILE}:2: settings.cache_dir: holds the project itself, and clean would empty it (found "."); '
        "allowed: a folder of its own, such as .lamina, or an absolute path",
    ),
    "cache that holds the project": (
        "settings:\n  cache_dir: a/../..",
        f'{FILE}:2: settings.cache_dir: holds the project itself, and clean would empty it (found "a/../.."); '
        "allowed: a folder of its own, such as .lamina, or an absolute path",
    ),
    "cache at home": (
        "settings:\n  cache_dir: ~/cache",
        f'{FILE}:2: settings.cache_dir: starts with ~, which is not expanded (found "~/cache"); '
        "allowed: a folder of its own, such as .lamina, or an absolute path",
    ),
    "bad YAML": ("layers: [1\nb: 2", f"{FILE}:2:2: bad YAML: did not find expected ',' or ']'"),
    "duplicate key": (
        "layers:\n  fast_feedback: {priority: 1,\n    priority: 2}",
        f"{FILE}:3: layers.fast_feedback.priority: is given twice, first on line 2",
    ),
}

ENVIRONMENT_FAULTS = {
    "unknown layer": (
        "layer_overrides:\n  fast_feedbck: {}",
        "2: layer_overrides.fast_feedbck: there is no layer of this name, did you mean fast_feedback? "
        "(found fast_feedbck); allowed: fast_feedback, core_integration, service_integration, e2e_performance",
    ),
    "unknown category": (
        "category_overrides:\n  unti: {}",
        "2: category_overrides.unti: there is no category of this name, did you mean unit? (found unti); allowed: "
        "smoke, unit, database, api, websocket, integration, agent, e2e_critical, frontend, cypress, e2e, performance",
    ),
    "unknown key": (
        "layer_overrides:\n  e2e_performance:\n    skip_performance_tests: true",
        "3: layer_overrides.e2e_performance.skip_performance_tests: is not a key here: write category_overrides: "
        f"{{performance: {{enabled: false}}}} (found skip_performance_tests); allowed: {OVERRIDE_KEYS}",
    ),
    "categories in a layer": (
        "layer_overrides:\n  fast_feedback:\n    categories: []",
        "3: layer_overrides.fast_feedback.categories: is not a key here: write category_overrides: {NAME: ...} beside "
        f"layer_overrides (found categories); allowed: {OVERRIDE_KEYS}",
    ),
    "layers of its own": (
        "layers: {}",
        "1: layers: is not a key here (found layers); "
        "allowed: description, layer_overrides, category_overrides, services, databases, resources, settings",
    ),
    "wrong type": (
        "category_overrides:\n  unit:\n    timeout_seconds: long",
        '3: category_overrides.unit.timeout_seconds: has the wrong type (found the text "long"); '
        "allowed: a number above 0 up to 604800",
    ),
    "limit that can't be met": (
        "category_overrides:\n  unit:\n    test_timeout_seconds: 500",
        "3: category_overrides.unit.test_timeout_seconds: is more than the category's timeout_seconds (120), "
        "so it can never be met (found 500); allowed: up to 120",
    ),
    "ring": (
        "layer_overrides:\n  fast_feedback:\n    depends_on: [core_integration]\n    execution_order: 3",
        "3: layer_overrides.fast_feedback.depends_on: layers wait for each other in a ring (found fast_feedback -> "
        "core_integration -> fast_feedback); allowed: an order without a way back",
    ),
}


@pytest.mark.parametrize(("text", "message"), LAYERS_FILE_FAULTS.values(), ids=LAYERS_FILE_FAULTS)
def test_fault_of_the_layers_file(project: Any, text: str, message: str) -> None:
    project.write(layers=text)
    with pytest.raises(ConfigurationError) as caught:
        project.load()
    assert str(caught.value) == message


@pytest.mark.parametrize(("text", "message"), ENVIRONMENT_FAULTS.values(), ids=ENVIRONMENT_FAULTS)
def test_fault_of_an_environment_file(project: Any, text: str, message: str) -> None:
    project.write(ci=text)
    with pytest.raises(ConfigurationError) as caught:
        project.load("ci")
    assert str(caught.value) == f"layers/environments/ci.yaml:{message}"


def test_every_fault_of_every_source_is_reported_in_order(project: Any) -> None:
    project.write(
        layers="""
layers:
  fast_feedback:
    depends_on: [nothing]
    priority: high
    categories:
      - name: unit
        timeout_seconds: -1
        filters: {markers: [a b]}
      - name: run
""",
        ci="category_overrides:\n  smoke:\n    retries: x\n  nothing: {}\n",
    )
    project.variables["LAMINA_DEBUG"] = "perhaps"
    with pytest.raises(ConfigurationError) as caught:
        project.load("ci", level="fast", lvl="x")
    places = [f"{fault.file}:{fault.line} {fault.key}" for fault in caught.value.faults]
    assert places == [
        ":0 LAMINA_DEBUG",
        ":0 level=fast",
        ":0 lvl=x",
        "layers/environments/ci.yaml:3 category_overrides.smoke.retries",
        "layers/environments/ci.yaml:4 category_overrides.nothing",
        "layers/test_layers.yaml:3 layers.fast_feedback.depends_on[0]",
        "layers/test_layers.yaml:4 layers.fast_feedback.priority",
        "layers/test_layers.yaml:7 layers.fast_feedback.categories[unit].timeout_seconds",
        "layers/test_layers.yaml:8 layers.fast_feedback.categories[unit].filters.markers[0]",
        "layers/test_layers.yaml:9 layers.fast_feedback.categories[run]",
    ]


def test_faults_of_an_anchor_are_reported_once(project: Any) -> None:
    project.write(
        layers="x-a: &a {timeout_seconds: -1}\nlayers:\n  l: {categories: [{name: m, <<: *a}, {name: n, <<: *a}]}"
    )
    with pytest.raises(ConfigurationError) as caught:
        project.load()
    assert [fault.key for fault in caught.value.faults] == [
        "layers.l.categories[m].timeout_seconds",
        "layers.l.categories[n].timeout_seconds",
    ]
    assert {fault.line for fault in caught.value.faults} == {1}


def test_a_limit_lowered_by_an_environment_is_reported_at_the_value_above_it(project: Any) -> None:
    project.write(layers=unit("test_timeout_seconds: 60"), ci="category_overrides: {unit: {timeout_seconds: 30}}")
    with pytest.raises(ConfigurationError, match=r"^layers/test_layers\.yaml:5: .*test_timeout_seconds: is more than"):
        project.load("ci")
    assert project.load()


def test_disabled_parts_are_not_held_against_the_rest(project: Any) -> None:
    project.write(
        layers="""
layers:
  fast_feedback:
    categories:
      - {name: smoke, enabled: false}
  quick:
    categories: [{name: smoke}]
  list:
    enabled: false
    required_services: [nothing]
"""
    )
    assert [layer.name for layer in project.load().layers][-1] == "quick"

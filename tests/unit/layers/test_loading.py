"""What the merged configuration is: defaults, what lies over what, what is removed, what is filled in."""

from __future__ import annotations

from typing import Any

import pytest

from lamina.errors import ConfigurationError
from lamina.layers import configuration_of, load_configuration

# SPEC L1, word for word.
SPEC_LAYERS = {
    "fast_feedback": ("sequential", 2, {"smoke": (60, 2), "unit": (120, 4)}),
    "core_integration": (
        "parallel",
        10,
        {"database": (300, 2), "api": (300, 3), "websocket": (300, 2), "integration": (600, 2)},
    ),
    "service_integration": ("hybrid", 20, {"agent": (600, 2), "e2e_critical": (300, 2), "frontend": (300, 3)}),
    "e2e_performance": ("background", 60, {"cypress": (1800, 1), "e2e": (1800, 1), "performance": (1800, 1)}),
}


def test_the_defaults_are_those_of_the_specification(project: Any) -> None:
    configuration = project.load()
    assert {
        layer.name: (
            layer.execution_mode,
            layer.max_duration_minutes,
            {one.name: (one.timeout_seconds, one.max_parallel_instances) for one in layer.categories},
        )
        for layer in configuration.layers
    } == SPEC_LAYERS
    assert [layer.depends_on for layer in configuration.layers] == [
        (),
        ("fast_feedback",),
        ("core_integration",),
        ("service_integration",),
    ]
    assert configuration.environment == ""
    assert configuration.files == ()


def test_a_layer_has_room_for_its_categories_unless_the_project_says_otherwise(project: Any) -> None:
    project.write(
        layers="""
layers:
  fast_feedback: {categories: [{name: unit, timeout_seconds: 600}]}
  core_integration: {max_duration_minutes: 1, categories: [{name: api, timeout_seconds: 1200}]}
  mine: {categories: [{name: slow, timeout_seconds: 1200}]}
"""
    )
    limits = {layer.name: layer.max_duration_minutes for layer in project.load().layers}
    assert limits == {
        "fast_feedback": 10, "core_integration": 1, "service_integration": 20, "e2e_performance": 60, "mine": 20,
    }  # fmt: skip


def test_only_unit_takes_the_rest_and_each_default_category_has_a_folder(project: Any) -> None:
    categories = [one for layer in project.load().layers for one in layer.categories]
    assert [one.name for one in categories if one.filters.rest] == ["unit"]
    for one in categories:
        assert one.filters.include_patterns[:2] == (f"**/tests/{one.name}/**", f"**/test/{one.name}/**")
    assert all(one.description for one in categories)


def test_the_later_source_wins_key_by_key(project: Any, category_of: Any) -> None:
    project.write(
        layers="""
settings: {max_workers: 2, fail_fast_threshold: 2, batch_size: 2, cache_ttl_hours: 2}
layers:
  fast_feedback:
    categories:
      - {name: unit, timeout_seconds: 200, priority: 200}
""",
        ci="""
settings: {max_workers: 3, fail_fast_threshold: 3, batch_size: 3}
category_overrides: {unit: {timeout_seconds: 300}}
""",
    )
    project.variables |= {"LAMINA_MAX_WORKERS": "4", "LAMINA_FAIL_FAST_THRESHOLD": "4"}
    configuration = project.load("ci", max_workers="5")
    settings = configuration.settings
    assert (settings.max_workers, settings.fail_fast_threshold) == (5, 4)
    assert (settings.batch_size, settings.cache_ttl_hours) == (3, 2)
    unit = category_of(configuration, "unit")
    assert (unit.timeout_seconds, unit.priority, unit.max_parallel_instances) == (300, 200, 4)
    assert configuration.environment == "ci"
    assert configuration.files == ("layers/test_layers.yaml", "layers/environments/ci.yaml")


def test_layers_and_categories_merge_by_name_and_keep_their_places(project: Any) -> None:
    project.write(
        layers="""
layers:
  fast_feedback:
    name: Quick
    categories:
      - name: contract
      - name: smoke
        retries: 3
  nightly: {depends_on: [e2e_performance], categories: [{name: soak}]}
"""
    )
    configuration = project.load()
    first = configuration.layers[0]
    assert (first.title, first.execution_mode) == ("Quick", "sequential")
    assert [one.name for one in first.categories] == ["smoke", "unit", "contract"]
    assert [one.retries for one in first.categories] == [3, 0, 0]
    assert [layer.name for layer in configuration.layers][-1] == "nightly"
    assert configuration.layers[-1].execution_order == 5


def test_filters_are_replaced_as_a_whole(project: Any, category_of: Any) -> None:
    project.write(layers="layers: {fast_feedback: {categories: [{name: unit, filters: {markers: [fast]}}]}}")
    filters = category_of(project.load(), "unit").filters
    assert (filters.markers, filters.include_patterns, filters.rest) == (("fast",), (), False)


def test_environment_variables_of_a_category_are_merged_by_name(project: Any, category_of: Any) -> None:
    project.write(
        layers="layers: {fast_feedback: {categories: [{name: unit, environment: {A: a, B: b}}]}}",
        ci="category_overrides: {unit: {environment: {B: c}}}",
    )
    assert category_of(project.load("ci"), "unit").environment == {"A": "a", "B": "c"}


def test_limits_can_be_taken_back(project: Any, category_of: Any) -> None:
    project.write(
        layers="layers: {fast_feedback: {categories: [{name: unit, resource_limits: {instances: 1, cpu: 0.5}}]}}",
        ci="category_overrides: {unit: {resource_limits: {cpu: null}}}",
    )
    limits = category_of(project.load("ci"), "unit").resource_limits
    assert (limits.instances, limits.cpu) == (1, None)


def test_a_category_that_says_nothing_about_its_tests_takes_the_folders_of_its_name(
    project: Any, category_of: Any
) -> None:
    project.write(
        layers="""
layers:
  fast_feedback:
    categories:
      - name: contract
      - {name: fast, filters: {exclude_patterns: ["**/slow/**"]}}
      - {name: marked, filters: {markers: [marked]}}
"""
    )
    configuration = project.load()
    assert category_of(configuration, "contract").filters.include_patterns == (
        "**/tests/contract/**",
        "**/test/contract/**",
    )
    fast = category_of(configuration, "fast").filters
    assert (fast.include_patterns[0], fast.exclude_patterns) == ("**/tests/fast/**", ("**/slow/**",))
    assert category_of(configuration, "marked").filters.include_patterns == ()


def test_disabled_layers_and_categories_are_gone_and_the_order_stays(project: Any) -> None:
    project.write(
        layers="""
layers:
  core_integration: {enabled: false}
  fast_feedback: {categories: [{name: smoke, enabled: false}]}
""",
        ci="layer_overrides: {core_integration: {enabled: true}}",
    )
    layers = project.load().layers
    assert [layer.name for layer in layers] == ["fast_feedback", "service_integration", "e2e_performance"]
    assert [one.name for one in layers[0].categories] == ["unit"]
    assert layers[1].depends_on == ("fast_feedback",), "what the disabled layer waited for"
    assert [layer.name for layer in project.load("ci").layers][1] == "core_integration"


def test_layers_disabled_in_a_ring_do_not_hang(project: Any) -> None:
    project.write(
        layers="""
defaults: false
layers:
  a: {enabled: false, depends_on: [b]}
  b: {enabled: false, depends_on: [a]}
  c: {depends_on: [a]}
"""
    )
    with pytest.raises(ConfigurationError, match=r"layers\.c\.depends_on\[0\]: there is no layer of this name"):
        project.load()


def test_without_defaults_there_is_only_what_is_written(project: Any) -> None:
    project.write(layers="defaults: false\nlayers: {only: {categories: [{name: one}]}}")
    configuration = project.load()
    (layer,) = configuration.layers
    assert (layer.name, layer.title, layer.execution_mode, layer.execution_order) == ("only", "", "parallel", 1)
    assert configuration.settings.cache_dir == ".lamina"


@pytest.mark.parametrize("text", ["", "# nothing\n", "layers:\nservices:\nsettings:\n", "layers:\n  fast_feedback:\n"])
def test_files_that_say_nothing_change_nothing(project: Any, text: str) -> None:
    project.write(layers=text)
    assert project.load().layers == type(project)(project.root / "none").load().layers


def test_no_layer_comes_before_what_it_depends_on(project: Any) -> None:
    project.write(
        layers="""
layers:
  quick: {categories: [{name: lint}]}
  fast_feedback: {depends_on: [quick]}
"""
    )
    names = [layer.name for layer in project.load().layers]
    assert names == ["quick", "fast_feedback", "core_integration", "service_integration", "e2e_performance"]


def test_execution_order_decides_where_nothing_depends(project: Any) -> None:
    project.write(
        layers="""
defaults: false
layers:
  late: {execution_order: 9}
  next: {}
  early: {execution_order: 1}
  also_early: {execution_order: 1}
"""
    )
    layers = project.load().layers
    assert [layer.name for layer in layers] == ["early", "also_early", "late", "next"]
    assert [layer.execution_order for layer in layers] == [1, 1, 9, 10]


def test_a_level_fills_in_what_is_not_given(project: Any, category_of: Any) -> None:
    project.write(layers="settings: {level: conservative, batch_size: 5}")
    configuration = project.load()
    settings = configuration.settings
    assert (settings.workers_per_core, settings.batch_size, settings.retries) == (0.5, 5, 1)
    assert category_of(configuration, "unit").retries == 1
    assert project.load(level="ultra_fast").settings.workers_per_core == 2.0


def test_a_custom_layers_file_stands_in_for_the_projects(project: Any, tmp_path: Any) -> None:
    project.write(layers="settings: {max_workers: 1}")
    project.file("other/quick.yaml", "layers: {quick: {categories: [{name: lint}]}}")
    configuration = project.load(layer_config="other/quick.yaml")
    assert configuration.files == ("other/quick.yaml",)
    assert configuration.settings.max_workers is None
    assert configuration.layers[-1].name == "quick"
    absolute = str(tmp_path / "other/quick.yaml")
    assert project.load(layer_config=absolute) == configuration


def test_services_are_declared_by_name(project: Any) -> None:
    project.write(
        layers="services: {db: {command: postgres}}\nlayers: {core_integration: {required_services: [db]}}",
        ci="services: {db: {description: The store}}",
    )
    (service,) = project.load("ci").services
    assert (service.name, service.command, service.description) == ("db", "postgres", "The store")


def test_anchors_have_a_place_and_merge_keys_work(project: Any, category_of: Any) -> None:
    project.write(
        layers="""
x-slow: &slow {timeout_seconds: 900, retries: 2}
layers:
  fast_feedback:
    categories:
      - {name: smoke, <<: *slow}
      - {name: unit, <<: *slow, retries: 0}
"""
    )
    configuration = project.load()
    assert [category_of(configuration, name).timeout_seconds for name in ("smoke", "unit")] == [900, 900]
    assert [category_of(configuration, name).retries for name in ("smoke", "unit")] == [2, 0]


def test_the_face_reads_the_process_environment(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write(ci="settings: {batch_size: 3}")
    monkeypatch.setenv("LAMINA_ENV", "ci")
    configuration = load_configuration(project.root)
    assert (configuration.environment, configuration.settings.batch_size) == ("ci", 3)


def test_the_plain_form_is_the_whole(project: Any) -> None:
    project.write(layers="layers: {fast_feedback: {resource_limits: {instances: 2}}}")
    assert configuration_of(project.plain()) == project.load()

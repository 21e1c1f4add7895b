"""Phases, edges and selection, over the plain form."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lamina.errors import UsageError
from lamina.layers import plan


def layer(name: str, *depends_on: str, mode: str = "parallel", **categories: int) -> dict[str, Any]:
    found = [{"name": category, "priority": priority} for category, priority in categories.items()]
    return {"name": name, "depends_on": list(depends_on), "execution_mode": mode, "categories": found}


DIAMOND = {
    "layers": [
        layer("base", mode="sequential", late=2, early=1, also_early=1),
        layer("left", "base", x=0),
        layer("right", "base", mode="hybrid", second=2, first=1, third=3, also_second=2),
        layer("top", "left", "right", mode="background", y=1, z=0),
        layer("alone"),
    ]
}

# Layers that only depend on earlier ones: what the configuration guarantees.
layer_counts = st.integers(1, 8)


@st.composite
def configurations(draw: st.DrawFn) -> dict[str, Any]:
    names = [f"l{number}" for number in range(draw(layer_counts))]
    layers = [
        layer(name, *draw(st.lists(st.sampled_from(names[:index]), unique=True, max_size=3)) if index else ())
        for index, name in enumerate(names)
    ]
    return {"layers": layers}


def test_the_default_configuration(project: Any) -> None:
    plain = project.plain()
    assert plan.default_layers(plain) == ["fast_feedback", "core_integration", "service_integration"]
    assert plan.phases(plain) == [["fast_feedback"], ["core_integration"], ["service_integration"], ["e2e_performance"]]
    assert plan.select(plain).layers == plan.default_layers(plain)
    assert len(plan.select(plain).categories) == 9
    assert plan.waves(plain, "fast_feedback") == [["smoke"], ["unit"]]
    assert plan.waves(plain, "service_integration") == [["agent", "frontend"], ["e2e_critical"]]


def test_phases_by_depth() -> None:
    assert plan.phases(DIAMOND) == [["base", "alone"], ["left", "right"], ["top"]]
    assert plan.phases(DIAMOND, ["top"]) == [["top"]]
    assert plan.phases(DIAMOND, ["top", "base"]) == [["base"], ["top"]], "through layers that are left out"
    assert plan.phases(DIAMOND, ["left", "alone"]) == [["left", "alone"]], "what is left out is not waited for"
    assert plan.phases(DIAMOND, []) == []


@given(configurations())
def test_every_edge_leads_to_a_later_phase(configuration: dict[str, Any]) -> None:
    phases = plan.phases(configuration)
    phase = {name: number for number, names in enumerate(phases) for name in names}
    assert sorted(phase) == sorted(one["name"] for one in configuration["layers"])
    assert all(phase[earlier] < phase[later] for earlier, later in plan.edges(configuration))
    for name, number in phase.items():
        waited = [phase[earlier] for earlier, later in plan.edges(configuration) if later == name]
        assert number == max(waited, default=-1) + 1, "in the first phase that it can be in"


@given(configurations())
def test_prerequisites_are_closed_and_in_order(configuration: dict[str, Any]) -> None:
    order = [one["name"] for one in configuration["layers"]]
    for name in order:
        needed = plan.prerequisites(configuration, name)
        assert needed == [one for one in order if one in needed]
        assert name not in needed
        assert all(earlier in needed for earlier, later in plan.edges(configuration) if later in [*needed, name])


def test_edges_and_prerequisites() -> None:
    assert plan.edges(DIAMOND) == [("base", "left"), ("base", "right"), ("left", "top"), ("right", "top")]
    assert plan.prerequisites(DIAMOND, "top") == ["base", "left", "right"]
    assert plan.prerequisites(DIAMOND, "alone") == []
    assert plan.with_prerequisites(DIAMOND, ["right", "alone"]) == ["base", "right", "alone"]


def test_waves_follow_the_mode_and_the_priorities() -> None:
    assert plan.waves(DIAMOND, "base") == [["early"], ["also_early"], ["late"]]
    assert plan.waves(DIAMOND, "right") == [["first"], ["second", "also_second"], ["third"]]
    assert plan.waves(DIAMOND, "top") == [["z", "y"]]
    assert plan.waves(DIAMOND, "alone") == []


def test_what_is_through_when_a_category_begins() -> None:
    base = ["early", "also_early", "late"]
    assert plan.earlier_categories(DIAMOND, "early") == []
    assert plan.earlier_categories(DIAMOND, "late") == ["early", "also_early"]
    assert plan.earlier_categories(DIAMOND, "second") == [*base, "first"]
    assert plan.earlier_categories(DIAMOND, "y") == [*base, "x", "first", "second", "also_second", "third"]


def test_background_layers_are_not_among_the_default() -> None:
    assert plan.default_layers({"layers": [layer("a", mode="background"), *(layer(name) for name in "bcde")]}) == [
        *"bcd"
    ]


def test_names_of_layers_and_categories_are_selected_in_order() -> None:
    assert plan.select(DIAMOND, ["y", "base", "x"]) == (["base"], ["late", "early", "also_early", "x", "y"])
    assert plan.select(DIAMOND, ["early", "early"]) == ([], ["early"])
    assert plan.layer_of(DIAMOND, "y") == "top"


def test_an_unknown_name_gets_a_suggestion(project: Any) -> None:
    with pytest.raises(UsageError) as caught:
        plan.select(project.plain(), ["unit", "fast_fedback"])
    assert str(caught.value) == (
        "there is no layer or category 'fast_fedback', did you mean fast_feedback?; "
        "layers: fast_feedback, core_integration, service_integration, e2e_performance; categories: smoke, unit, "
        "database, api, websocket, integration, agent, e2e_critical, frontend, cypress, e2e, performance"
    )

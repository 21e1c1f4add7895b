"""Merging: what is above wins, what is not mentioned stays, and every value knows where it was written."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lamina.layers.merging import Part, find_category, from_environment_file, from_layers_file, merge, place_of
from lamina.layers.reading import KeyPath, Place, parse

EMPTY = Part({}, {}, [])

keys = st.sampled_from(["a", "b", "c"])
values = st.integers(0, 3) | st.lists(st.integers(0, 3), max_size=2) | st.none()
trees = st.dictionaries(keys, st.recursive(values, lambda inner: st.dictionaries(keys, inner, max_size=3)), max_size=3)

# A key is a value or a section, as in the model. (Null over a section, which takes it back, is not associative.)
sections = st.recursive(
    st.fixed_dictionaries({}, optional={"a": values, "b": values}),
    lambda inner: st.fixed_dictionaries({}, optional={"a": values, "s": inner, "t": inner}),
    max_leaves=6,
)


def part_of(data: dict[str, Any], source: str) -> Part:
    """A part whose every value was written in `source`."""
    places: dict[KeyPath, Place] = {}

    def visit(value: Any, path: KeyPath) -> None:
        if path:
            places[path] = Place(source, 1, ".".join(map(str, path)))
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            visit(item, (*path, key))

    visit(data, ())
    return Part(data, places, [])


def leaves(data: Any, path: KeyPath = ()) -> dict[KeyPath, Any]:
    if isinstance(data, dict) and data:
        return {key: leaf for name, item in data.items() for key, leaf in leaves(item, (*path, name)).items()}
    return {path: data} if path else {}


@given(sections, sections, sections)
def test_merging_is_associative(one: Any, two: Any, three: Any) -> None:
    a, b, c = part_of(one, "a"), part_of(two, "b"), part_of(three, "c")
    assert merge(merge(a, b), c).data == merge(a, merge(b, c)).data


@given(trees)
def test_nothing_changes_nothing(data: Any) -> None:
    part = part_of(data, "a")
    assert merge(part, EMPTY) == part
    assert merge(EMPTY, part) == part
    assert merge(part, part).data == data


@given(trees, trees)
def test_what_is_above_is_in_the_result_and_placed_there(one: Any, two: Any) -> None:
    below, above = part_of(one, "below"), part_of(two, "above")
    merged = merge(below, above)
    result = leaves(merged.data)
    for path, value in leaves(two).items():
        if value != {}:
            assert result[path] == value
            assert place_of(merged.places, path).file == "above"
    for path in result:
        if path not in leaves(two):
            assert place_of(merged.places, path).file in ("below", "above")


@given(trees, trees)
def test_no_place_outlives_its_value(one: Any, two: Any) -> None:
    merged = merge(part_of(one, "below"), part_of(two, "above"))
    for path in merged.places:
        value: Any = merged.data
        for step in path:
            value = value[step]


def test_filters_are_replaced_with_their_places() -> None:
    below = part_of({"filters": {"markers": ["x"], "rest": True}}, "below")
    merged = merge(below, part_of({"filters": {"keywords": ["y"]}}, "above"))
    assert merged.data == {"filters": {"keywords": ["y"]}}
    assert place_of(merged.places, ("filters", "rest")).file == "above"


def test_categories_are_keyed_by_name_with_the_place_of_each_key() -> None:
    text = "layers:\n  a:\n    categories:\n      - name: x\n        priority: 1\n      - name: y\n"
    part = from_layers_file(parse(text, "f"))
    assert part.data["layers"]["a"] == {"categories": {"x": {"name": "x", "priority": 1}, "y": {"name": "y"}}}
    path: KeyPath = ("layers", "a", "categories", "x", "priority")
    assert part.places[path] == Place("f", 5, "layers.a.categories[x].priority")
    assert part.places[("layers", "a", "categories", "y")].line == 6


def test_broken_categories_are_left_out_and_the_others_keep_their_lines() -> None:
    part = from_layers_file(
        parse("layers:\n  a:\n    categories:\n      - 1\n      - {priority: 2}\n      - name: z\n", "f")
    )
    assert list(part.data["layers"]["a"]["categories"]) == ["z"]
    assert [fault.line for fault in part.faults] == [4, 5]
    assert part.places[("layers", "a", "categories", "z")].line == 6


def test_overrides_land_where_the_category_is() -> None:
    below = from_layers_file(parse("layers: {a: {categories: [{name: x}]}, b: {categories: [{name: y}]}}", "f"))
    text = "category_overrides:\n  y:\n    priority: 3\nlayer_overrides:\n  b: {priority: 4}\n"
    part = from_environment_file(parse(text, "e"), below)
    assert part.data["layers"] == {"b": {"priority": 4, "categories": {"y": {"priority": 3, "name": "y"}}}}
    path: KeyPath = ("layers", "b", "categories", "y", "priority")
    assert part.places[path] == Place("e", 3, "category_overrides.y.priority")
    assert part.places[("layers", "b", "priority")].line == 5


def test_a_category_is_found_in_the_layer_where_it_is_enabled() -> None:
    text = "layers: {a: {categories: [{name: x, enabled: false}]}, b: {categories: [{name: x}]}, c: {}}"
    data = from_layers_file(parse(text, "f")).data
    assert find_category(data, "x") == "b"
    assert find_category(data, "y") is None

"""How many failures are left, overall and per layer, and how much time."""

from __future__ import annotations

from lamina.engine.stopping import Stopping
from lamina.layers.model import Category, Layer


def stopping(overall: int, **layers: int) -> Stopping:
    return Stopping(overall, [Layer(name=name, fail_fast_threshold=own) for name, own in layers.items()])


def test_no_threshold_no_end() -> None:
    counts = stopping(0, a=0)
    for number in range(100):
        counts.failed("a", str(number))
    assert counts.left("a") == (-1, "")
    assert counts.reason("a") == ""


def test_failures_of_all_layers_end_the_run() -> None:
    counts = stopping(3, a=0, b=0)
    counts.failed("a", "x")
    counts.failed("b", "y")
    assert counts.left("a")[0] == 1
    assert counts.reason("a") == ""
    counts.failed("b", "z")
    assert counts.reason("a") == counts.reason("b") == "stopped after 3 failures (fail_fast_threshold)"


def test_a_test_that_fails_twice_counts_once() -> None:
    counts = stopping(2, a=0)
    counts.failed("a", "x")
    counts.failed("a", "x")
    assert counts.left("a")[0] == 1


def test_a_layer_s_own_threshold_ends_only_that_layer() -> None:
    counts = stopping(5, a=1, b=0)
    counts.failed("a", "x")
    assert counts.reason("a") == "stopped after 1 failure (the layer's fail_fast_threshold in a)"
    assert counts.left("b")[0] == 4
    assert counts.reason("b") == ""


def test_a_category_has_what_is_left_of_its_layer_s_time() -> None:
    counts = Stopping(0, [Layer(name="a", max_duration_minutes=1)])
    assert counts.seconds_left("a", Category(name="short", timeout_seconds=5)) == (
        5, "over its limit of 5 s (timeout_seconds)",
    )  # fmt: skip
    seconds, text = counts.seconds_left("a", Category(name="long", timeout_seconds=500))
    assert 50 < seconds <= 60
    assert text == "its layer a is over its limit of 1 min (max_duration_minutes)"

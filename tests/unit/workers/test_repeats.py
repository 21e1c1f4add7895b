"""What came of a trace counts for the next one like it, until something changes."""

from __future__ import annotations

from lamina.workers.repeats import Repeats


def test_what_was_found_holds_until_something_changes() -> None:
    repeats: Repeats[str] = Repeats()
    assert repeats.get("gw0", 1, "key") is None
    repeats.put("gw0", 1, "key", "found")
    assert repeats.get("gw0", 1, "key") == "found"
    assert repeats.get("gw0", 1, "other") is None
    assert repeats.get("gw0", 2, "key") is None
    assert repeats.get("gw1", 1, "key") is None
    repeats.put("gw0", 2, "other", "later")
    assert repeats.get("gw0", 2, "key") is None  # not what it was before the change
    repeats.forget()
    assert repeats.get("gw0", 2, "other") is None


def test_a_suite_of_any_size_takes_little_memory() -> None:
    repeats: Repeats[int] = Repeats()
    for number in range(10_000):
        repeats.put("gw0", 0, number, number)
    assert sum(repeats.get("gw0", 0, number) is not None for number in range(10_000)) < 1_000
    assert repeats.get("gw0", 0, 9_999) == 9_999

"""Orders of tests that wait for each other, for any acyclic wishes."""

from __future__ import annotations

from hypothesis import given, settings, strategies

from lamina.workers.sequence import in_order, sequence


@strategies.composite
def wishes(draw: strategies.DrawFn) -> tuple[list[tuple[list[int], bool]], dict[int, set[int]]]:
    """Tests in groups, and who waits for whom, without a ring."""
    number = draw(strategies.integers(1, 12))
    order = draw(strategies.permutations(range(number)))
    after: dict[int, set[int]] = {}
    for place, index in enumerate(order):
        earlier = draw(strategies.sets(strategies.sampled_from(order[:place]), max_size=2)) if place else set()
        if earlier:
            after[index] = earlier
    group_of = [draw(strategies.integers(0, 3)) for _ in range(number)]
    groups = [([index for index in range(number) if group_of[index] == group], True) for group in range(4)]
    return [(indices, together) for indices, together in groups if indices], after


@given(wishes())
@settings(deadline=None, database=None)
def test_groups_can_be_run_one_after_the_other(
    wished: tuple[list[tuple[list[int], bool]], dict[int, set[int]]],
) -> None:
    groups, after = wished
    found = in_order(groups, after)
    assert sorted(index for indices, _ in found for index in indices) == sorted(i for group, _ in groups for i in group)
    done: set[int] = set()
    waiting = [indices for indices, _ in found]
    while waiting:
        ready = [indices for indices in waiting if all(after.get(i, set()) <= done | set(indices) for i in indices)]
        assert ready, "groups wait for each other in a ring"
        for indices in ready:
            for place, index in enumerate(indices):
                assert after.get(index, set()) <= done | set(indices[:place])
            done.update(indices)
            waiting.remove(indices)


def test_a_sequence_keeps_the_order_of_numbers_where_it_can() -> None:
    assert sequence({1: {3}, 2: {0}}) == [0, 2, 3, 1]
    assert sequence({5: {7}}, [4, 5, 6, 7]) == [4, 6, 7, 5]


def test_groups_that_nobody_waits_in_stay_as_they_are() -> None:
    groups = [([0, 1], True), ([2], False)]
    assert in_order(groups, {}) == groups

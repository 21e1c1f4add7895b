"""The bound for the share of wrong results, and how it is put."""

from __future__ import annotations

import pytest

from lamina.cache.audits import bound
from lamina.reports.auditing import share_text


@pytest.mark.parametrize(
    "faulty, compared, expected",
    # The upper ends of the one-sided 95 % intervals of Clopper and Pearson: quantiles of the beta distribution.
    [(0, 1, 0.95), (0, 412, 0.0072449), (1, 10, 0.3941633), (3, 1000, 0.0077363), (5, 5, 1.0)],
)
def test_bound(faulty: int, compared: int, expected: float) -> None:
    assert bound(compared, faulty) == pytest.approx(expected, abs=2e-6)


def test_without_faults_it_is_about_three_divided_by_the_number() -> None:
    assert bound(100_000, 0) == pytest.approx(3 / 100_000, rel=0.01)


@pytest.mark.parametrize(
    "share, text",
    [
        (0.0072449, "0.73 %"),
        (0.000029956, "0.0030 %"),
        (0.77639, "78 %"),
        (1.0, "100 %"),
        (0.1, "10 %"),
        (0.0999, "10.0 %"),
    ],
)
def test_a_share_is_never_rounded_down(share: float, text: str) -> None:
    assert share_text(share) == text

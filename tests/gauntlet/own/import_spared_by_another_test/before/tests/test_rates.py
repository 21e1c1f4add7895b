"""Tests."""

from rates import rate


def test_rate():
    assert rate() == 2

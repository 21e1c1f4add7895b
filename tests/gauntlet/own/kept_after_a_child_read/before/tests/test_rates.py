"""Tests."""

from rates import load


def test_first():
    assert load("first") == 1


def test_second():
    assert load("second") == 2


def test_second_again():
    assert load("second") == 2

"""Tests."""

import rates


def test_load():
    assert rates.load() == 2


def test_load_again():
    assert rates.load() == 2


def test_tax():
    assert rates.tax == 5

"""Tests."""

from rates import TAX, rate, table


def test_rate():
    assert rate() == 1


def test_rate_again():
    assert rate() == 1


def test_tax():
    assert TAX.percent == 2


def test_tax_again():
    assert TAX.percent == 2

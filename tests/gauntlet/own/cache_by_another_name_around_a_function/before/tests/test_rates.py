"""Tests."""

from rates import double, table, tax


def test_table():
    assert table() == 2


def test_table_again():
    assert table() == 2


def test_tax():
    assert tax() == 5


def test_tax_again():
    assert tax() == 5


def test_double():
    assert double(4) == 8

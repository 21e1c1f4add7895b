import pytest


class TestNumber:
    kind = "class"

    def test_number(self, number):
        assert number == 1


def test_outside(number):
    assert number == 1


def test_pytest():
    assert pytest.__name__ == "pytest"

import pytest


class TestNumber:
    kind = "class"

    @pytest.fixture
    def number(self):
        return 2

    def test_number(self, number):
        assert number == 1


def test_outside(number):
    assert number == 1


def test_pytest():
    assert pytest.__name__ == "pytest"

import pytest


def numbers():
    yield pytest.param(1, id="one")
    yield pytest.param(4, id="two")


@pytest.mark.parametrize("number", numbers())
def test_it(number):
    assert number < 3

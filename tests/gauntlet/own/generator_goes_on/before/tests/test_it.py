import pytest
from numbers_ import numbers, width


@pytest.fixture(scope="module")
def stream():
    return numbers()


def test_first(stream):
    assert next(stream) == 1


def test_second(stream):
    assert next(stream) == 2


def test_width():
    assert width() == 2

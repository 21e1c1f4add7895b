from rates import rate
from source import width


def test_second():
    assert rate("eur") * 2 == 10


def test_width():
    assert width() == 2

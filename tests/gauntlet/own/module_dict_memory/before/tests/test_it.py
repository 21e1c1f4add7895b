from memory import get
from work import width


def test_first():
    assert get(1) == 10


def test_second():
    assert get(1) != 11


def test_width():
    assert width() == 2

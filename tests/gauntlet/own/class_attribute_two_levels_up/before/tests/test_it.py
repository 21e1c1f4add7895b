from counting import count, width
from shapes import Triangle


def test_count():
    assert count(Triangle()) == 3


def test_width():
    assert width() == 2

from shapes.circle import Circle
from shapes.square import Square


def test_circle():
    assert Circle().area() == 3


def test_square():
    assert Square().area() == 4


def test_names():
    assert not hasattr(Square(), "corners")

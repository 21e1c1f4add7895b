from calc import Point, add, root


def test_add():
    assert add(1, 2) == 3


def test_root():
    assert root(4) == 2


def test_point():
    assert Point(3).x == 3

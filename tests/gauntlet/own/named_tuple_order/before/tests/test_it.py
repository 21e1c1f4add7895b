from points import Point


def test_x():
    assert Point(1, 2).x == 1

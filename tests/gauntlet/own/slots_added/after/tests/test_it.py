from points import Point, width


def test_extra():
    point = Point()
    point.extra = 5
    assert point.extra == 5


def test_width():
    assert width() == 2

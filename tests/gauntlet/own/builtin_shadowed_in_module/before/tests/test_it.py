from calc import largest, width


def test_largest():
    assert largest([1, 2]) == 2


def test_width():
    assert width() == 2

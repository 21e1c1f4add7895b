from calc import square, width


def test_square():
    assert square(5) == 10


def test_width():
    assert width() == 2

from work import squares, width


def test_squares():
    assert squares([2, 3]) == [4, 9]


def test_width():
    assert width() == 2

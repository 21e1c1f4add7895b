from app import sides, width


def test_sides():
    assert sides() == 2


def test_width():
    assert width() == 2

from settings import level, width


def test_level():
    assert level() == 1


def test_width():
    assert width() == 2

from base import width


def test_width():
    assert width() == 2

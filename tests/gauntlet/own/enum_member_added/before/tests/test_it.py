from colours import Colour, width


def test_count():
    assert len(Colour) == 2


def test_width():
    assert width() == 2

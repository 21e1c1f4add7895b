from geometry import size, width


def test_size():
    assert size(2.2) == "round"


def test_width():
    assert width() == 2

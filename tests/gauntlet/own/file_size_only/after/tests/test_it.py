from sizes import size, width


def test_size():
    assert size() == 6


def test_width():
    assert width() == 2

from store import first, width


def test_first():
    assert first() == 1


def test_width():
    assert width() == 2

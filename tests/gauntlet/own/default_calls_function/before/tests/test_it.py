from calc import count, width


def test_count():
    assert count() == 5


def test_width():
    assert width() == 2

from clock import hour, width


def test_hour():
    assert hour() == 0


def test_width():
    assert width() == 2

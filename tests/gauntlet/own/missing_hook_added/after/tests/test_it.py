from tables import look, width


def test_look():
    assert look("b") is None


def test_width():
    assert width() == 2

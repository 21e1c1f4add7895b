from flags import options, width


def test_options():
    assert options() == []


def test_width():
    assert width() == 2

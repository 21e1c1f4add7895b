from flags import mode, width


def test_mode():
    assert mode() == "fancy"


def test_width():
    assert width() == 2

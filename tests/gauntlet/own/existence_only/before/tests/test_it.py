from flags import is_on, width


def test_off():
    assert not is_on()


def test_width():
    assert width() == 2

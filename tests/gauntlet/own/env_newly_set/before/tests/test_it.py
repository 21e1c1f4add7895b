from flags import quiet, width


def test_loud():
    assert not quiet()


def test_width():
    assert width() == 2

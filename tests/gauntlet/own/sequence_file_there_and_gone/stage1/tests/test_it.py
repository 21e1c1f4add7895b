from settings import is_local, width


def test_local():
    assert not is_local()


def test_width():
    assert width() == 2

from app import has, width


def test_has():
    assert not has("extra")


def test_width():
    assert width() == 2

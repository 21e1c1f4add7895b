from api import compute, width


def test_compute():
    assert compute(3) == 3


def test_width():
    assert width() == 2

from rates import rate, width


def test_first():
    assert rate() == 5


def test_second():
    assert rate() + rate() == 10


def test_width():
    assert width() == 2

from rates import rate, width


def test_first():
    assert rate("eur") == 5


def test_second():
    assert rate("eur") + 1 == 6


def test_width():
    assert width() == 2

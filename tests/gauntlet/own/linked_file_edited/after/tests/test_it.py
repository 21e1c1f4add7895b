from reading import current, width


def test_current():
    assert current() == "1"


def test_width():
    assert width() == 2

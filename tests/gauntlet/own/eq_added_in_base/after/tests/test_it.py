from money import Money, width


def test_apart():
    assert Money(1) != Money(1)


def test_width():
    assert width() == 2

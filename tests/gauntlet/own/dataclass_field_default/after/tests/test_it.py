from orders import make, width


def test_order():
    assert repr(make(3)).endswith("'EUR')")


def test_width():
    assert width() == 2

from calc import apply, width


def test_up():
    assert apply("up", 1) == 2


def test_down():
    assert apply("down", 1) == 0


def test_width():
    assert width() == 2

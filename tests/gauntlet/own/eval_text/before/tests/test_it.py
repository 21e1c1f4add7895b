from rules import apply, width


def test_apply():
    assert apply(2) == 8


def test_width():
    assert width() == 2

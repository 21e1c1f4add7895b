LIMIT = 3


def is_small(x):
    return x < LIMIT


def test_small():
    assert is_small(3)


def test_plain():
    assert len("ab") == 2

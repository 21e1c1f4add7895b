from app import One, plain


def test_a():
    assert One().value == 1


def test_b():
    assert One().value < 2


def test_none():
    assert plain() == 0

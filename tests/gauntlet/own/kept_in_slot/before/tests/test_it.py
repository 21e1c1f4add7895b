from app import THING, plain


def test_a():
    assert THING.get() == 1


def test_b():
    assert THING.get() < 2


def test_none():
    assert plain() == 0

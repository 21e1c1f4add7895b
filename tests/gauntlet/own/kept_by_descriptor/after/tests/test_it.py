from app import THING, plain


def test_a():
    assert THING.value == 1


def test_b():
    assert THING.value < 2


def test_none():
    assert plain() == 0

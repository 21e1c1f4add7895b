from app import STORE, plain


def test_a():
    assert STORE.fetch("v") == 1


def test_b():
    assert STORE.fetch("v") < 2


def test_none():
    assert plain() == 0

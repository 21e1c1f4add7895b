from app import Taker, MEMO, plain


def test_a():
    assert Taker().value_of(MEMO) == 1


def test_b():
    assert Taker().value_of(MEMO) < 2


def test_none():
    assert plain() == 0

from app import value_of, PART, plain


def test_a():
    assert value_of(1, PART) == 1


def test_b():
    assert value_of(1, PART) < 2


def test_none():
    assert plain() == 0

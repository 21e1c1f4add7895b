from app import value_of, PART, plain


def test_a():
    assert value_of(PART) == 1


def test_b():
    assert value_of(PART) < 2


def test_none():
    assert plain() == 0

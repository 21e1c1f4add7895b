from app import VALUES, plain


def test_a():
    assert VALUES["a"] == 1


def test_b():
    assert VALUES["a"] < 2


def test_none():
    assert plain() == 0

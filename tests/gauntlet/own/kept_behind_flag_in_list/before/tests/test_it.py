from app import init, VALUES, plain


def test_a():
    init()
    assert VALUES["a"] == 1


def test_b():
    init()
    assert VALUES["a"] < 2


def test_none():
    assert plain() == 0

from app import PART, plain


def test_first():
    assert PART.value == 1


def test_second():
    assert PART.value < 2


def test_none():
    assert plain() == 0

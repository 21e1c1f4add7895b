from helper import get
from app import plain


def test_a():
    assert get().value == 1


def test_b():
    assert get().value < 2


def test_none():
    assert plain() == 0

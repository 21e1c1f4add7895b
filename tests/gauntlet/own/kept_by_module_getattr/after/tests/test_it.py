import app
from app import plain


def test_a():
    assert app.lazy == 1


def test_b():
    assert app.lazy < 2


def test_none():
    assert plain() == 0

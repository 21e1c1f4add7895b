import app
from registry import Registry


def test_names():
    assert Registry.all() == ["area"]


def test_width():
    assert app.width(2) == 2

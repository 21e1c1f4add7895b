import inspect

from calc import add, width


def test_source():
    assert "plain" in inspect.getsource(add)


def test_width():
    assert width() == 2

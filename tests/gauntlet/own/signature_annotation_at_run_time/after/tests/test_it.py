from calling import call
from commands import repeat, width


def test_call():
    assert call(repeat, "3") == 3


def test_width():
    assert width() == 2

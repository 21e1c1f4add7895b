from base import width
from commands import Add


def test_name():
    assert Add.name == "add"


def test_width():
    assert width() == 2

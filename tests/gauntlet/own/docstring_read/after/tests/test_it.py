from commands import add, width
from helping import text_of


def test_help():
    assert text_of(add) == "Adds things."


def test_width():
    assert width() == 2

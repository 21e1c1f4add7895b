from models import Model, width


def test_title():
    assert Model().title == "own"


def test_width():
    assert width() == 2

from api import run, width


def test_run():
    assert run() == 5


def test_width():
    assert width() == 2

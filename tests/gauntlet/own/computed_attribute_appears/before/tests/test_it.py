from running import run, width


def test_stop():
    assert run("stop") == "unknown"


def test_width():
    assert width() == 2

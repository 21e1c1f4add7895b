from worker import ask, width


def test_first():
    assert ask(1) == 2


def test_second():
    assert ask(2) == 3


def test_width():
    assert width() == 2

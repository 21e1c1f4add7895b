from state import mode, width


def test_first(started):
    assert mode() == "fast"


def test_second(started):
    assert mode()[0] == "f"


def test_width():
    assert width() == 2

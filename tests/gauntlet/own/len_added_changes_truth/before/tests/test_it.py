from basket import width
from shop import state


def test_state():
    assert state() == "open"


def test_width():
    assert width() == 2

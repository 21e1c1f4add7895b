from one import first
from two import second


def test_first():
    assert first() == 1


def test_second():
    assert second() == 2

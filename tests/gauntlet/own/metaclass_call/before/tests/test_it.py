from kinds import width
from things import Thing


def test_two_things():
    assert Thing() is not Thing()


def test_width():
    assert width() == 2

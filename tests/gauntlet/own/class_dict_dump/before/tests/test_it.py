from dumping import dump
from settings import Settings, width


def test_dump():
    assert sorted(dump(Settings).values()) == [3, 4]


def test_width():
    assert width() == 2

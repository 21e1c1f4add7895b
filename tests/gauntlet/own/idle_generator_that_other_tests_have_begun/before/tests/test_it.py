from app import listed, total


def test_total():
    assert total([1, 2]) == 3


def test_listed():
    assert listed([1]) == [1]

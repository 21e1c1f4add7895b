"""Nothing of rates."""


def test_nothing():
    assert sum([1, 2]) == 3

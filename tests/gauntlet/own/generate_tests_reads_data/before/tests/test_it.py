def test_small(number):
    assert number < 3


def test_plain():
    assert len("ab") == 2

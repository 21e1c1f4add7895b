def test_one():
    assert 1 + 1 == 2


def test_four():
    assert 2 + 2 == 4

def test_one():
    assert 1 == 1


def test_one():
    assert 1 == 2


def test_plain():
    assert len("ab") == 2

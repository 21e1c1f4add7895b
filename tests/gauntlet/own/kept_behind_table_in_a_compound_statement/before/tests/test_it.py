import m


def test_a():
    assert m.get() == 1


def test_b():
    assert m.get() == 1


def test_none():
    assert len("ab") == 2

import m


def test_a():
    m.setup()
    assert m.log.level == 20


def test_b():
    m.setup()
    assert m.log.level == 20


def test_none():
    assert len("ab") == 2

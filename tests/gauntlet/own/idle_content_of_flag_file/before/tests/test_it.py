from flags import is_on


def test_on():
    assert is_on()


def test_plain():
    assert len("ab") == 2

def test_first(built):
    assert built["size"] == 3


def test_second(built):
    assert built["size"] < 4


def test_plain():
    assert len("ab") == 2

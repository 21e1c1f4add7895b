from tests.support import check


def test_five():
    check(5)


def test_plain():
    assert len("ab") == 2

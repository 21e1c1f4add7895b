from store import STORE


def test_first():
    assert STORE.part().size == 1


def test_second():
    assert STORE.part().size < 2


def test_none():
    assert STORE

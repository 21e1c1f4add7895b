from app import Box, pick, size


def test_get():
    assert Box().get(1) == 1


def test_call():
    assert Box()(1) == [1]


def test_pick():
    assert pick([1, 2]) == 1


def test_size():
    assert size() == 1

import limits


def test_limit():
    assert limits.LIMIT == 3


def test_last():
    assert limits.LAST == 9


def test_idle():
    assert limits.idle_too() == 1
